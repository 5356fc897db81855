using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LoraUnlearn.Data;

namespace LoraUnlearn.Requests;

/// <summary>
/// What a ledger keeps of a row in place of its text: a digest that finds the very row again, and a MinHash sketch of its pairs of
/// neighbouring words (Broder 1997), by which rows that say nearly the same are known without the text.
/// </summary>
/// <param name="Digest">SHA-256 of the row's fields, lower-case hexadecimal digits.</param>
/// <param name="Sketch">The least hash of the word pairs under each of <see cref="Hashes"/> hash functions.</param>
public sealed record RowFingerprint(string Digest, IReadOnlyList<uint> Sketch)
{
    /// <summary>Hash functions of a sketch: the similarity is estimated with a standard deviation of at most 0.09.</summary>
    public const int Hashes = 32;

    /// <summary>The fingerprint of a row.</summary>
    /// <param name="row">The row.</param>
    public static RowFingerprint Of(DataRow row)
    {
        string[] fields = row.Kind == DataRowKind.Tokens
            ? [string.Join(' ', row.InputIds ?? []), string.Join(' ', row.Labels ?? [])]
            : [row.Question ?? row.Prompt ?? "", row.Answer ?? row.Completion ?? row.Text ?? ""];
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{row.Kind}\0{string.Join('\0', fields)}")));
        return new RowFingerprint(digest, SketchOf(string.Join(' ', fields)));
    }

    /// <summary>The estimated share of word pairs that two rows have in common: |A ∩ B| / |A ∪ B|.</summary>
    /// <param name="other">The other row's.</param>
    public double Similarity(RowFingerprint other) =>
        Digest == other.Digest ? 1 : Sketch.Zip(other.Sketch).Count(pair => pair.First == pair.Second) / (double)Hashes;

    /// <summary>The sketch as text.</summary>
    internal string SketchText()
    {
        byte[] bytes = new byte[Hashes * sizeof(uint)];
        for (int index = 0; index < Hashes; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(index * sizeof(uint)), Sketch[index]);
        }

        return Convert.ToBase64String(bytes);
    }

    /// <summary>A sketch from its text; null where it is none.</summary>
    internal static uint[]? SketchFrom(string text)
    {
        byte[] bytes = new byte[Hashes * sizeof(uint)];
        return Convert.TryFromBase64String(text, bytes, out int length) && length == bytes.Length
            ? [.. Enumerable.Range(0, Hashes).Select(index => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(index * sizeof(uint))))]
            : null;
    }

    private static uint[] SketchOf(string text)
    {
        uint[] least = new uint[Hashes];
        Array.Fill(least, uint.MaxValue);
        string previous = "";
        foreach (string word in Words(text))
        {
            // Two halves of one digest give all the hash functions: h₁ + k·h₂ (Kirsch & Mitzenmacher 2006).
            byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{previous} {word}"));
            ulong first = BinaryPrimitives.ReadUInt64LittleEndian(digest), second = BinaryPrimitives.ReadUInt64LittleEndian(digest.AsSpan(8)) | 1;
            for (int index = 0; index < Hashes; index++)
            {
                least[index] = Math.Min(least[index], (uint)((first + ((ulong)index * second)) >> 32));
            }

            previous = word;
        }

        return least;
    }

    private static IEnumerable<string> Words(string text)
    {
        StringBuilder word = new();
        foreach (char character in text)
        {
            if (char.IsLetterOrDigit(character) || char.IsSurrogate(character))
            {
                word.Append(char.ToLowerInvariant(character));
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
