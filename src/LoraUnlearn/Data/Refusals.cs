namespace LoraUnlearn.Data;

/// <summary>Replacement answers for objectives that teach the model to decline (<c>dpo</c>, <c>po</c>): one a line.</summary>
public static class Refusals
{
    /// <summary>Reads a file of refusals, one a line, blank lines left out.</summary>
    /// <param name="path">A text file in UTF-8.</param>
    /// <returns>At least one refusal, each without spaces around it.</returns>
    /// <exception cref="InputException">The file cannot be read, is not UTF-8 text, or holds no refusal.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        System.Text.UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        List<string> refusals = [];
        foreach ((int line, ReadOnlyMemory<byte> bytes) in JsonLines.Read(path, maximumLineBytes: 1 << 20))
        {
            try
            {
                string text = strict.GetString(bytes.Span).Trim();
                if (text.Length > 0)
                {
                    refusals.Add(text);
                }
            }
            catch (System.Text.DecoderFallbackException error)
            {
                throw new InputException($"{path}, line {line}: not valid UTF-8 text; refusals are plain text, one a line.", error);
            }
        }

        return refusals.Count > 0 ? refusals : throw new InputException($"{path} holds no refusals; one a line was expected.");
    }

    /// <summary>The refusal of one row: chosen by seed and row alone, whatever the order in which rows are asked for.</summary>
    /// <param name="refusals">At least one.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="row">The row's position in its file, from 0.</param>
    public static string Choose(IReadOnlyList<string> refusals, long seed, int row) =>
        refusals[SeededRandom.ForStream(seed, row).NextInt(refusals.Count)];
}
