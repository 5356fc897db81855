using System.Buffers;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>
/// Runs a compiled regular expression over a text by backtracking, as Oniguruma does: the leftmost match, and of the
/// matches there the one that the order of alternatives and repetitions prefers. The steps are counted, so an
/// expression that backtracks without end stops with <see cref="PatternStepsException"/>.
/// </summary>
internal ref struct PatternMatcher(PatternInstruction[] program, ReadOnlySpan<char> text, long steps)
{
    private const int NoLoop = -1;
    private const int EntrySize = 3;
    private const int LargestStack = 1 << 26;

    private readonly PatternInstruction[] _program = program;
    private readonly ReadOnlySpan<char> _text = text;
    private long _steps = steps;
    private int[] _stack = ArrayPool<int>.Shared.Rent(256);
    private int _top;

    /// <summary>Finds where a match from exactly <paramref name="start"/> ends.</summary>
    /// <returns>The end, or -1 where none begins there.</returns>
    public int MatchAt(int start) => Run(0, start);

    /// <summary>Gives the scratch memory back.</summary>
    public readonly void Dispose() => ArrayPool<int>.Shared.Return(_stack);

    private int Run(int instructionIndex, int position, int mustEndAt = -1)
    {
        int bottom = _top;
        while (true)
        {
            if (--_steps < 0)
            {
                throw new PatternStepsException();
            }

            ref readonly PatternInstruction instruction = ref _program[instructionIndex];
            bool held;
            switch (instruction.Operation)
            {
                case PatternOperation.Set:
                    held = position < _text.Length && instruction.Set!.Contains(CodePoints.At(_text, position, out int units))
                        && Advance(ref position, units);
                    instructionIndex++;
                    break;
                case PatternOperation.SetLoop:
                    held = Loop(in instruction, ++instructionIndex, ref position);
                    break;
                case PatternOperation.Split:
                    held = true;
                    if (position < _text.Length && _text[position] < 128 && ((instruction.FirstAscii >> _text[position]) & 1) == 0)
                    {
                        instructionIndex = instruction.Y;
                        break;
                    }

                    Push(instruction.Y, position, NoLoop);
                    instructionIndex = instruction.X;
                    break;
                case PatternOperation.Jump:
                    held = true;
                    instructionIndex = instruction.X;
                    break;
                case PatternOperation.Anchor:
                    held = Holds((Anchor)instruction.X, position);
                    instructionIndex++;
                    break;
                case PatternOperation.LookAhead:
                    held = Run(instructionIndex + 1, position) >= 0 != instruction.Flag;
                    instructionIndex = instruction.X;
                    break;
                case PatternOperation.LookBehind:
                    held = LooksBehind(in instruction, instructionIndex + 1, position) != instruction.Flag;
                    instructionIndex = instruction.X;
                    break;
                case PatternOperation.Atomic:
                    int end = Run(instructionIndex + 1, position);
                    held = end >= 0;
                    position = end;
                    instructionIndex = instruction.X;
                    break;
                default:
                    held = mustEndAt < 0 || position == mustEndAt;
                    if (held)
                    {
                        _top = bottom;
                        return position;
                    }

                    break;
            }

            if (!held && !Backtrack(bottom, ref instructionIndex, ref position))
            {
                return -1;
            }
        }
    }

    private static bool Advance(ref int position, int units)
    {
        position += units;
        return true;
    }

    private bool Loop(in PatternInstruction instruction, int next, ref int position)
    {
        CodePointSet set = instruction.Set!;
        int end = set.RunEnd(_text, position, instruction.Y, out int count);
        _steps -= count;
        if (count < instruction.X)
        {
            return false;
        }

        if (!instruction.Flag && count > instruction.X)
        {
            int least = instruction.X == 0 ? position : set.RunEnd(_text, position, instruction.X, out _);
            Push(next, end, least);
        }

        position = end;
        return true;
    }

    /// <summary>Goes to the last place where another choice is left.</summary>
    private bool Backtrack(int bottom, ref int instructionIndex, ref int position)
    {
        if (_top == bottom)
        {
            return false;
        }

        int least = _stack[--_top];
        position = _stack[--_top];
        instructionIndex = _stack[--_top];
        if (least == NoLoop)
        {
            return true;
        }

        // A loop gives back its last code point.
        CodePoints.Before(_text, position, out int units);
        position -= units;
        if (position > least)
        {
            Push(instructionIndex, position, least);
        }

        return true;
    }

    private bool LooksBehind(in PatternInstruction instruction, int part, int position)
    {
        int start = position;
        for (int length = 0; length <= instruction.Z; length++)
        {
            if (length >= instruction.Y && Run(part, start, position) >= 0)
            {
                return true;
            }

            if (start == 0)
            {
                return false;
            }

            CodePoints.Before(_text, start, out int units);
            start -= units;
        }

        return false;
    }

    private readonly bool Holds(Anchor anchor, int position)
    {
        switch (anchor)
        {
            case Anchor.LineStart:
                // Oniguruma: a line feed that ends the text begins no new line.
                return position == 0 || (_text[position - 1] == '\n' && position < _text.Length);
            case Anchor.LineEnd:
                return position == _text.Length || _text[position] == '\n';
            case Anchor.TextStart:
                return position == 0;
            case Anchor.TextEnd:
                return position == _text.Length;
            case Anchor.TextEndOrLastNewline:
                return position == _text.Length || (position == _text.Length - 1 && _text[position] == '\n');
            default:
                bool before = position > 0 && CodePoints.IsOnigurumaWord(CodePoints.Before(_text, position, out _));
                bool after = position < _text.Length && CodePoints.IsOnigurumaWord(CodePoints.At(_text, position, out _));
                return (before != after) == (anchor == Anchor.WordBoundary);
        }
    }

    private void Push(int instructionIndex, int position, int least)
    {
        if (_top + EntrySize > _stack.Length)
        {
            if (_stack.Length >= LargestStack)
            {
                throw new PatternStepsException();
            }

            int[] larger = ArrayPool<int>.Shared.Rent(_stack.Length * 2);
            _stack.AsSpan(0, _top).CopyTo(larger);
            ArrayPool<int>.Shared.Return(_stack);
            _stack = larger;
        }

        _stack[_top++] = instructionIndex;
        _stack[_top++] = position;
        _stack[_top++] = least;
    }
}
