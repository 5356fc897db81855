using System.Globalization;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>A file with the A, B and, where there is an offset, A₀, B₀ of each module, and rank and α in its metadata.</summary>
internal sealed class PairFile : IDisposable
{
    /// <summary>What follows the module name of A [r,i].</summary>
    public const string A = ".A";

    /// <summary>What follows the module name of B [o,r].</summary>
    public const string B = ".B";

    /// <summary>What follows the module name of A₀ [r,i].</summary>
    public const string InitialA = ".A0";

    /// <summary>What follows the module name of B₀ [o,r].</summary>
    public const string InitialB = ".B0";

    /// <summary>Metadata: r.</summary>
    public const string RankKey = "rank";

    /// <summary>Metadata: α.</summary>
    public const string AlphaKey = "alpha";

    /// <summary>Metadata: whether the scale is α/√r.</summary>
    public const string RankStabilisedKey = "rank_stabilised";

    private readonly SafetensorsFile _file;
    private readonly HashSet<string> _modules;

    private PairFile(SafetensorsFile file)
    {
        _file = file;
        Rank = int.TryParse(Metadata(RankKey), NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank > 0
            ? rank
            : throw Wrong(RankKey, "a positive integer");
        Alpha = double.TryParse(Metadata(AlphaKey), NumberStyles.Float, CultureInfo.InvariantCulture, out double alpha) && alpha > 0 && double.IsFinite(alpha)
            ? alpha
            : throw Wrong(AlphaKey, "a positive number");
        IsRankStabilised = Metadata(RankStabilisedKey) switch
        {
            "true" => true,
            "false" => false,
            _ => throw Wrong(RankStabilisedKey, "true or false"),
        };
        _modules = new HashSet<string>(file.Entries.Keys.Select(ModuleOf), StringComparer.Ordinal);
        foreach (string module in _modules)
        {
            Check(module);
        }

        if (_modules.Count == 0)
        {
            throw new InputException($"{file.Path}: there are no tensors; expected '<module>{A}' and '<module>{B}'.");
        }
    }

    /// <summary>r.</summary>
    public int Rank { get; }

    /// <summary>α.</summary>
    public double Alpha { get; }

    /// <summary>Whether the scale is α/√r.</summary>
    public bool IsRankStabilised { get; }

    /// <summary>s.</summary>
    public double Scale => IsRankStabilised ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;

    /// <summary>The modules' names.</summary>
    public IReadOnlySet<string> Modules => _modules;

    /// <summary>Opens a file and checks that it is whole.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public static PairFile Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new PairFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a module has A₀ and B₀.</summary>
    public bool HasOffset(string module) => _file.Entries.ContainsKey(module + InitialA);

    /// <summary>A tensor, float32, in the caller's dispose scope.</summary>
    public Tensor Read(string name) => _file.Read(name);

    /// <summary>Compares a module's factors with the widths of its map.</summary>
    /// <exception cref="InputException">They differ.</exception>
    public void RequireWidths(string module, long outputWidth, long inputWidth)
    {
        long o = _file.Entries[module + B].Shape[0], i = _file.Entries[module + A].Shape[1];
        if (o != outputWidth || i != inputWidth)
        {
            throw Shapes.Mismatch(_file.Path, module, o, i, outputWidth, inputWidth);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private string Metadata(string key) => _file.Metadata.GetValueOrDefault(key, string.Empty);

    private InputException Wrong(string key, string expected) => new(
        $"{_file.Path}: metadata '{key}': found '{BoundedJson.Shorten(Metadata(key))}', expected {expected}; is this the pair of an adapter in training?");

    private string ModuleOf(string name)
    {
        string? ending = new[] { A, B, InitialA, InitialB }.FirstOrDefault(ending => name.Length > ending.Length && name.EndsWith(ending, StringComparison.Ordinal));
        return ending is null
            ? throw new InputException($"{_file.Path}: the tensor '{BoundedJson.Shorten(name)}' is none of '<module>{A}', '{B}', '{InitialA}', '{InitialB}'.")
            : name[..^ending.Length];
    }

    private void Check(string module)
    {
        bool offset = HasOffset(module) || _file.Entries.ContainsKey(module + InitialB);
        string[] names = offset ? [module + A, module + B, module + InitialA, module + InitialB] : [module + A, module + B];
        foreach (string name in names)
        {
            if (!_file.Entries.TryGetValue(name, out SafetensorsEntry? entry))
            {
                throw new InputException($"{_file.Path}: the tensor '{BoundedJson.Shorten(name)}' is missing; the file is incomplete.");
            }

            bool isA = name.EndsWith(A, StringComparison.Ordinal) || name.EndsWith(InitialA, StringComparison.Ordinal);
            if (entry.ScalarType != ScalarType.Float32 || entry.Shape.Length != 2 || entry.Shape[isA ? 0 : 1] != Rank || !SameAsTrained(module, entry, isA))
            {
                throw new InputException(
                    $"{_file.Path}: '{BoundedJson.Shorten(name)}' is {entry.DType} [{string.Join(",", entry.Shape)}]; expected F32 {(isA ? $"[{Rank},input width]" : $"[output width,{Rank}]")}.");
            }
        }
    }

    /// <summary>A₀ and B₀ have the shapes of A and B, which are checked first.</summary>
    private bool SameAsTrained(string module, SafetensorsEntry entry, bool isA) =>
        entry.Shape.AsSpan().SequenceEqual(_file.Entries[module + (isA ? A : B)].Shape);
}
