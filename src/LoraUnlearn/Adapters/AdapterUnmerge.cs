using LoraUnlearn.Checkpoints;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>What unmerging has done.</summary>
/// <param name="Restored">Merged weights that are the base's again, bit for bit.</param>
/// <param name="Subtracted">Merged weights from which the change was subtracted; within one rounding of the base's.</param>
/// <param name="Others">Tensors beside them that are not the base's and were kept.</param>
public sealed record UnmergeResult(IReadOnlyList<string> Restored, IReadOnlyList<string> Subtracted, IReadOnlyList<string> Others);

/// <summary>
/// Takes adapters out of a model that they were merged into. With the base at hand, each weight that is the merge of the base's becomes
/// that again, bit for bit, and what was changed otherwise stays changed. Without it ΔW is subtracted: the result is within one rounding.
/// </summary>
public static class AdapterUnmerge
{
    private const double StrayShare = 1e-3; // elements that another order of sums, on another machine, may round to the neighbour

    /// <summary>Subtracts adapters: W' = merged − Σ weight·ΔW, computed in float32 and rounded once.</summary>
    /// <param name="merged">The model they are in; it stays as it is.</param>
    /// <param name="adapters">The adapters with the weights of the merge.</param>
    /// <param name="output">A folder that does not exist yet, or is empty.</param>
    /// <param name="options">Progress and cancellation.</param>
    /// <exception cref="InputException">As <see cref="AdapterMerge.Write"/>.</exception>
    public static UnmergeResult Write(ModelFolder merged, IReadOnlyList<WeightedAdapter> adapters, string output, MergeOptions? options = null)
    {
        MergeResult result = AdapterMerge.Write(merged, Negative(adapters), output, options);
        return new UnmergeResult([], [.. result.Modules.Select(module => module.Module)], []);
    }

    /// <summary>Takes adapters out with the base at hand. Type, shards and other files of the result are the base's.</summary>
    /// <param name="merged">The model they are in; it stays as it is.</param>
    /// <param name="adapters">The adapters with the weights of the merge.</param>
    /// <param name="baseModel">The model they were merged into.</param>
    /// <param name="output">A folder that does not exist yet, or is empty.</param>
    /// <param name="options">The rounding of the merge, progress and cancellation.</param>
    /// <exception cref="InputException">The two are not of one architecture; and as <see cref="AdapterMerge.Write"/>.</exception>
    public static UnmergeResult Write(ModelFolder merged, IReadOnlyList<WeightedAdapter> adapters, ModelFolder baseModel, string output, MergeOptions? options = null)
    {
        options = (options ?? new MergeOptions()) with { Dtype = null };
        using MergedModel added = MergedModel.Of(baseModel, adapters), removed = MergedModel.Of(merged, Negative(adapters));
        using OpenShards before = OpenShards.Of(baseModel.Weights), after = OpenShards.Of(merged.Weights);
        RequireSameTensors(baseModel, merged, added.UnusedHead);
        List<string> restored = [], subtracted = [], others = [];
        IReadOnlyList<StreamedFile> files = before.Files(Tensor);
        ModelCopy.Write(baseModel, files, output, options);
        return new UnmergeResult(restored, subtracted, others);

        StreamedTensor Tensor(StoredTensor stored)
        {
            string name = stored.Entry.Name;
            if (name == added.UnusedHead)
            {
                return new CopiedTensor(stored);
            }

            StoredTensor found = after.Tensor(name);
            ModuleFactors? change = added.Find(name);
            StreamedTensor expected = Expected(stored, found.Entry, change, added.Transposed, options);
            bool isSame = IsSame(expected, found, change is not null, options.Cancellation);
            expected.Release();
            if (isSame)
            {
                if (change is not null)
                {
                    restored.Add(name);
                }

                return new CopiedTensor(stored);
            }

            (change is null ? others : subtracted).Add(name);
            return removed.Find(name) is { } negative ? new MergedTensor(found, negative, added.Transposed, stored.Entry.ScalarType, null)
                : stored.Entry.DType == found.Entry.DType ? new CopiedTensor(found)
                : new ConvertedTensor(found, stored.Entry.ScalarType);
        }
    }

    // What the merge of the base's tensor would be.
    private static StreamedTensor Expected(StoredTensor stored, SafetensorsEntry found, ModuleFactors? change, bool transposed, MergeOptions options) =>
        change is not null ? new MergedTensor(stored, change, transposed, found.ScalarType, options.RoundsAtRandom ? new StochasticRounding(options.Seed, found.Name) : null)
        : stored.Entry.DType == found.DType ? new CopiedTensor(stored)
        : new ConvertedTensor(stored, found.ScalarType);

    private static bool IsSame(StreamedTensor expected, StoredTensor found, bool isSum, CancellationToken cancellation)
    {
        int size = found.Entry.Type.Size;
        byte[] made = new byte[Math.Min(expected.PartSize, expected.Count) * size], read = new byte[made.Length];
        long stray = 0;
        for (long first = 0; first < expected.Count; first += expected.PartSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int length = checked((int)(Math.Min(expected.PartSize, expected.Count - first) * size));
            expected.Fill(first, new ArraySegment<byte>(made, 0, length));
            found.Read(first, read.AsSpan(0, length));
            if (made.AsSpan(0, length).SequenceEqual(read.AsSpan(0, length)))
            {
                continue;
            }

            if (!isSum || (stray += Stray(made.AsSpan(0, length), read.AsSpan(0, length), found.Entry.ScalarType)) > StrayShare * expected.Count)
            {
                return false;
            }
        }

        return true;
    }

    // How many elements are the neighbours of what was expected; very many where one is farther away.
    private static long Stray(ReadOnlySpan<byte> made, ReadOnlySpan<byte> read, ScalarType type)
    {
        int count = made.Length / SafetensorsDType.ToWrite(type).Size;
        double[] expected = new double[count], found = new double[count];
        FloatingBytes.Widen<double>(made, type, expected);
        FloatingBytes.Widen<double>(read, type, found);
        double spacing = FloatingBytes.Spacing(type);
        long stray = 0;
        for (int index = 0; index < count; index++)
        {
            double difference = Math.Abs(expected[index] - found[index]);
            if (difference > spacing * Math.Max(Math.Abs(expected[index]), Math.Abs(found[index])))
            {
                return long.MaxValue / 2;
            }

            stray += difference > 0 ? 1 : 0;
        }

        return stray;
    }

    private static void RequireSameTensors(ModelFolder baseModel, ModelFolder merged, string? unusedHead)
    {
        foreach (SafetensorsEntry entry in baseModel.Weights.Entries.Values.Where(entry => entry.Name != unusedHead))
        {
            if (!merged.Weights.Entries.TryGetValue(entry.Name, out SafetensorsEntry? other) || !other.Shape.AsSpan().SequenceEqual(entry.Shape))
            {
                string found = other is null ? "lacks" : $"has with shape [{string.Join(",", other.Shape)}]";
                throw new InputException($"{merged.Path} {found} the tensor '{BoundedJson.Shorten(entry.Name)}' [{string.Join(",", entry.Shape)}] of {baseModel.Path}; it is no merge of that base.");
            }

            if (other.DType != entry.DType && !(FloatingBytes.Has(entry.DType) && FloatingBytes.Has(other.DType)))
            {
                throw new InputException($"{merged.Path}: '{BoundedJson.Shorten(entry.Name)}' is stored as {other.DType}, in {baseModel.Path} as {entry.DType}; it is no merge of that base.");
            }
        }
    }

    private static WeightedAdapter[] Negative(IReadOnlyList<WeightedAdapter> adapters) => [.. adapters.Select(adapter => adapter with { Weight = -adapter.Weight })];
}
