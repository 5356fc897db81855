using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel;

/// <summary>Answers questions with the most likely token each time; questions of one length together.</summary>
internal static class GreedyAnswers
{
    private const int LongestAnswer = 64;
    private const long EndOfText = 0;

    /// <summary>Answers the questions of rows.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="rows">The rows.</param>
    /// <returns>The answers in the order of the rows, without white space around them.</returns>
    public static string[] To(Decoder decoder, Tokenizer tokenizer, IReadOnlyList<Example> rows)
    {
        string[] answers = new string[rows.Count];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, rows.Count).GroupBy(row => rows[row].PromptLength!.Value))
        {
            int[][] prompts = [.. group.Select(row => rows[row].Sequence.InputIds[..group.Key])];
            foreach ((int row, List<int> ids) in group.Zip(Continue(decoder, prompts)))
            {
                answers[row] = tokenizer.Decode(ids).Trim();
            }
        }

        return answers;
    }

    private static List<int>[] Continue(Decoder decoder, int[][] prompts)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using KeyValueCache cache = new(decoder.Blocks.Count);
        long b = prompts.Length;
        List<int>[] answers = [.. prompts.Select(_ => new List<int>())];
        bool[] ended = new bool[b];
        long[] next = [.. prompts.SelectMany(prompt => prompt.Select(id => (long)id))];
        for (int length = 0; length < LongestAnswer && ended.Contains(false); length++)
        {
            using DisposeScope step = NewDisposeScope();
            long t = next.Length / b;
            Tensor hidden = decoder.Hidden(tensor(next, [b, t]), cache).view(b, t, -1).select(1, t - 1); // [b,d]
            next = decoder.Logits(decoder.FinalNorm(hidden)).argmax(1).data<long>().ToArray(); // [b]
            for (int row = 0; row < b; row++)
            {
                ended[row] |= next[row] == EndOfText;
                if (!ended[row])
                {
                    answers[row].Add((int)next[row]);
                }
            }
        }

        return answers;
    }
}
