namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>What an instruction of a compiled regular expression does.</summary>
internal enum PatternOperation
{
    /// <summary>Consumes one code point of the set.</summary>
    Set,

    /// <summary>Consumes X to Y code points of the set, greedily; gives back unless possessive.</summary>
    SetLoop,

    /// <summary>Tries X first, Y after it.</summary>
    Split,

    /// <summary>Continues at X.</summary>
    Jump,

    /// <summary>Holds where the anchor X does.</summary>
    Anchor,

    /// <summary>Runs the part after it without consuming; then continues at X if the part matched (or not, if negated).</summary>
    LookAhead,

    /// <summary>As <see cref="LookAhead"/>, for Y to Z code points that end here.</summary>
    LookBehind,

    /// <summary>Runs the part after it, keeps its first match, and continues at X.</summary>
    Atomic,

    /// <summary>The expression, or a part that runs on its own, has matched.</summary>
    Match,
}

/// <summary>An instruction of a compiled regular expression.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int X = 0, int Y = 0, int Z = 0)
{
    /// <summary>The set of <see cref="PatternOperation.Set"/> and <see cref="PatternOperation.SetLoop"/>.</summary>
    public CodePointSet? Set { get; init; }

    /// <summary>Whether a loop never gives back, or an assertion is negated.</summary>
    public bool Flag { get; init; }

    /// <summary>The ASCII characters that the first branch of a split can begin with.</summary>
    public UInt128 FirstAscii { get; init; } = UInt128.MaxValue;
}

/// <summary>Turns a parsed regular expression into instructions for <see cref="PatternMatcher"/>.</summary>
internal sealed class PatternCompiler
{
    private const int MostInstructions = 10_000;
    private const int LongestLookBehind = 255;

    private readonly List<PatternInstruction> _program = [];

    /// <exception cref="PatternSyntaxException">It is too large, or looks behind over an unbounded length.</exception>
    public static PatternInstruction[] Compile(PatternNode node)
    {
        PatternCompiler compiler = new();
        compiler.Emit(node);
        compiler.Add(new PatternInstruction(PatternOperation.Match));
        return compiler._program.ToArray();
    }

    private int Add(PatternInstruction instruction)
    {
        if (_program.Count >= MostInstructions)
        {
            throw new PatternSyntaxException("a regular expression cannot be used: its repetitions make it too large");
        }

        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Set set:
                Add(new PatternInstruction(PatternOperation.Set) { Set = set.Members });
                break;
            case PatternNode.Sequence sequence:
                foreach (PatternNode part in sequence.Parts)
                {
                    Emit(part);
                }

                break;
            case PatternNode.Alternation alternation:
                EmitAlternation(alternation);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.Place place:
                Add(new PatternInstruction(PatternOperation.Anchor, (int)place.Anchor));
                break;
            case PatternNode.Look look:
                EmitLook(look);
                break;
            case PatternNode.Atomic atomic:
                EmitEnclosed(new PatternInstruction(PatternOperation.Atomic), atomic.Body);
                break;
            default:
                throw new InvalidOperationException($"No instruction for {node.GetType().Name}.");
        }
    }

    private void EmitAlternation(PatternNode.Alternation alternation)
    {
        List<int> jumps = [];
        for (int i = 0; i < alternation.Choices.Count; i++)
        {
            bool last = i == alternation.Choices.Count - 1;
            int split = last ? -1 : AddSplit(alternation.Choices[i]);
            Emit(alternation.Choices[i]);
            if (!last)
            {
                jumps.Add(Add(new PatternInstruction(PatternOperation.Jump)));
                _program[split] = _program[split] with { X = split + 1, Y = _program.Count };
            }
        }

        foreach (int jump in jumps)
        {
            _program[jump] = _program[jump] with { X = _program.Count };
        }
    }

    private int AddSplit(PatternNode first) =>
        Add(new PatternInstruction(PatternOperation.Split) { FirstAscii = first.FirstAscii });

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Body is PatternNode.Set set && repeat.Greed != Greed.Lazy)
        {
            Add(new PatternInstruction(PatternOperation.SetLoop, repeat.Least, repeat.Most ?? int.MaxValue)
            {
                Set = set.Members,
                Flag = repeat.Greed == Greed.Possessive,
            });
            return;
        }

        if (repeat.Greed == Greed.Possessive)
        {
            EmitEnclosed(new PatternInstruction(PatternOperation.Atomic), repeat with { Greed = Greed.Greedy });
            return;
        }

        for (int i = 0; i < repeat.Least; i++)
        {
            Emit(repeat.Body);
        }

        bool lazy = repeat.Greed == Greed.Lazy;
        if (repeat.Most is not { } most)
        {
            int loop = AddSplit(lazy ? new PatternNode.Sequence([]) : repeat.Body);
            Emit(repeat.Body);
            Add(new PatternInstruction(PatternOperation.Jump, loop));
            SetBranches(loop, lazy);
            return;
        }

        List<int> exits = [];
        for (int i = repeat.Least; i < most; i++)
        {
            exits.Add(AddSplit(lazy ? new PatternNode.Sequence([]) : repeat.Body));
            Emit(repeat.Body);
        }

        foreach (int exit in exits)
        {
            SetBranches(exit, lazy);
        }
    }

    private void SetBranches(int split, bool lazy)
    {
        (int body, int after) = (split + 1, _program.Count);
        _program[split] = _program[split] with { X = lazy ? after : body, Y = lazy ? body : after };
    }

    private void EmitLook(PatternNode.Look look)
    {
        if (look.Behind && look.Body.MaxLength is not <= LongestLookBehind)
        {
            throw new PatternSyntaxException(
                $"a regular expression cannot be used: it looks behind over more than {LongestLookBehind} characters");
        }

        PatternInstruction instruction = look.Behind
            ? new PatternInstruction(PatternOperation.LookBehind, 0, look.Body.MinLength, look.Body.MaxLength ?? 0)
            : new PatternInstruction(PatternOperation.LookAhead);
        EmitEnclosed(instruction with { Flag = look.Negative }, look.Body);
    }

    private void EmitEnclosed(PatternInstruction instruction, PatternNode body)
    {
        int start = Add(instruction);
        Emit(body);
        Add(new PatternInstruction(PatternOperation.Match));
        _program[start] = _program[start] with { X = _program.Count };
    }
}
