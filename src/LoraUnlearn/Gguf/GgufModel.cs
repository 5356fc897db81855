using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Outputs;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Gguf;

/// <summary>
/// Writes a model, with adapters merged in where there are any, as one file for llama.cpp and Ollama. Tensor by tensor, so that the
/// model never sits in memory. W + Σ weight·ΔW is computed in float32 and rounded once.
/// </summary>
public static class GgufModel
{
    /// <summary>The name of the file where it lies in a folder.</summary>
    public const string FileName = "model.gguf";

    private const long PieceElements = 1 << 22;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="model">The base model; it stays as it is.</param>
    /// <param name="adapters">The adapters and their weights; none writes the base.</param>
    /// <param name="dtype">Float32 or float16, of the matrices. Norms, biases and positions are float32.</param>
    /// <returns>What the file says less of than the model, or llama.cpp computes otherwise, for people; empty where nothing.</returns>
    /// <exception cref="InputException">
    /// llama.cpp cannot compute the model or its tokenizer, an adapter or a tensor does not fit, or the file cannot be written.
    /// </exception>
    /// <exception cref="WorkFailedException">A value does not fit the type.</exception>
    public static IReadOnlyList<string> Write(string path, ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, ScalarType dtype) =>
        Write(path, model, adapters, dtype, PieceElements);

    /// <summary>Writes the file with pieces of so many elements in memory at a time, at least one row.</summary>
    internal static IReadOnlyList<string> Write(string path, ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, ScalarType dtype, long pieceElements)
    {
        DecoderSpec spec = CheckpointFit.Check(model);
        GgufArchitecture architecture = GgufArchitecture.Of(spec, model.Config.Source);
        List<string> notes = [.. architecture.Notes];
        GgufMetadata metadata = new();
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.type", "model");
        metadata.Add("general.name", FolderName.Of(model.Path));
        metadata.Add("general.file_type", FileType(dtype));
        metadata.Add("general.quantization_version", 2);
        architecture.Describe(metadata);
        notes.AddRange(GgufTokenizer.Describe(metadata, model, spec.VocabularySize));

        using AdapterFactors? sum = adapters.Count == 0 ? null : AdapterComposition.Sum(adapters, ModuleNames.Of(spec).Resolve);
        Source source = new(model, architecture, sum, dtype, pieceElements);
        GgufWriter.Write(path, metadata, source.Declarations, source.Produce);
        return notes;
    }

    /// <summary>llama.cpp's number for files whose matrices have a type.</summary>
    internal static long FileType(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => 0,
        ScalarType.Float16 => 1,
        _ => throw new ArgumentException($"A GGUF file of {dtype} cannot be written; expected float32 or float16.", nameof(dtype)),
    };

    /// <summary>Rounds to the type of the file.</summary>
    /// <exception cref="WorkFailedException">A value does not fit the type.</exception>
    internal static Tensor Round(Tensor values, ScalarType dtype, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor converted = values.to_type(dtype, copy: true).contiguous();
        if (dtype == ScalarType.Float16 && !converted.isfinite().all().item<bool>() && values.isfinite().all().item<bool>())
        {
            throw new WorkFailedException($"{name} has values beyond 65504, which do not fit float16; write float32.");
        }

        return converted.MoveToOuterDisposeScope();
    }

    // Where each of the file's tensors comes from.
    private sealed class Source
    {
        private readonly long _pieceElements;
        private readonly ModelFolder _model;
        private readonly GgufArchitecture _architecture;
        private readonly Dictionary<string, ModuleFactors> _changes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Func<IEnumerable<Tensor>>> _producers = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _shards = new(StringComparer.Ordinal);
        private readonly List<TensorDeclaration> _declarations = [];

        public Source(ModelFolder model, GgufArchitecture architecture, AdapterFactors? sum, ScalarType dtype, long pieceElements)
        {
            (_model, _architecture, _pieceElements) = (model, architecture, pieceElements);
            foreach (string path in model.Weights.Files)
            {
                using SafetensorsFile shard = SafetensorsFile.Open(path);
                foreach (string name in shard.Entries.Keys.Where(model.Weights.Contains))
                {
                    _shards[name] = path;
                }
            }

            DecoderSpec spec = architecture.Spec;
            IReadOnlyList<DecoderTensor> tensors = DecoderTensors.Of(spec);
            foreach ((string name, double[] values) in architecture.RotaryDivisors())
            {
                Add(name, [values.Length], ScalarType.Float32, () => [tensor(values, ScalarType.Float32)]);
            }

            foreach (DecoderTensor stored in tensors)
            {
                int dot = stored.Name.LastIndexOf('.');
                string module = stored.Name[..dot];
                bool isMatrix = stored.Shape.Count == 2, isPosition = module == spec.Names.PositionEmbedding;
                ScalarType type = isMatrix && !isPosition ? dtype : ScalarType.Float32;
                Add(architecture.NameOf(module)! + stored.Name[dot..], IsTurned(stored) ? [.. stored.Shape.Reverse()] : [.. stored.Shape], type, () => Read(stored, module, type));
                if (module == spec.Names.Embedding && architecture.WritesTiedHead)
                {
                    Add(architecture.NameOf(spec.Names.Head)! + ".weight", [.. stored.Shape], type, () => Read(stored, module, type));
                }
            }

            foreach (ModuleFactors change in sum?.Modules ?? [])
            {
                long[] shape = _declarations.Single(declaration => declaration.Name == architecture.NameOf(change.Module) + ".weight").Shape;
                Shapes.Require(sum!.Source, change, shape[0], shape[1]);
                _changes.Add(change.Module, change);
            }
        }

        public IReadOnlyList<TensorDeclaration> Declarations => _declarations;

        public IEnumerable<Tensor> Produce(string name) => _producers[name]();

        private void Add(string name, long[] shape, ScalarType type, Func<IEnumerable<Tensor>> produce)
        {
            _declarations.Add(new TensorDeclaration(name, type, shape));
            _producers.Add(name, produce);
        }

        // Conv1D stores its linear maps [i,o]; llama.cpp has all of them [o,i].
        private bool IsTurned(DecoderTensor stored) => _architecture.Spec.TransposedWeights && stored.Shape.Count == 2
            && stored.Name != _architecture.Spec.Names.Embedding + ".weight"
            && stored.Name != _architecture.Spec.Names.PositionEmbedding + ".weight"
            && stored.Name != _architecture.Spec.Names.Head + ".weight";

        // Each tensor through a map of its file of its own: what was read before does not stay in memory.
        private IEnumerable<Tensor> Read(DecoderTensor stored, string module, ScalarType type)
        {
            string name = new CheckpointNames(_model.Weights, _architecture.Spec.Names.OptionalPrefix).Find(stored.Name)!;
            SafetensorsEntry entry = _model.Weights.Entries[name];
            if (entry.DType is not ("F32" or "F16" or "BF16" or "F64"))
            {
                throw new InputException($"{_model.Weights.Path}: '{name}' is stored as {entry.DType}; a GGUF can be written from F32, BF16, F16 or F64 only. Use the model's unquantised weights.");
            }

            using SafetensorsFile file = SafetensorsFile.Open(_shards[name]);
            using Tensor values = file.Read(name);
            using Tensor upright = IsTurned(stored) ? values.t() : values.detach(); // [o,i]
            long rows = upright.shape[0], step = Math.Max(1, _pieceElements * rows / Math.Max(1, upright.NumberOfElements));
            for (long start = 0; start < rows; start += step)
            {
                yield return Piece(upright, stored, module, start, Math.Min(step, rows - start), type);
            }
        }

        // Rows of the file's tensor: in llama.cpp's order, with the adapters' change, rounded.
        private Tensor Piece(Tensor upright, DecoderTensor stored, string module, long start, long count, ScalarType type)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor? order = _architecture.RowsOf(module) is { } all ? tensor(all.AsSpan((int)start, (int)count).ToArray()) : null;
            Tensor Rows(Tensor whole) => order is null ? whole.narrow(0, start, count) : whole.index_select(0, order);
            Tensor values = Rows(upright);
            values = values.dtype == ScalarType.Float64 ? values : values.to_type(ScalarType.Float32);
            bool isWeight = stored.Name.EndsWith(".weight", StringComparison.Ordinal);
            if (isWeight && _changes.TryGetValue(module, out ModuleFactors? change))
            {
                Tensor a = change.A.to_type(values.dtype), b = Rows(change.B).to_type(values.dtype); // [k,i], [o,k]
                values = b.mm(a).mul_(Held(change.Scale)).Increase(values); // [o,i]
            }

            if (isWeight && _architecture.IsNorm(module))
            {
                values = values.Plus(_architecture.Spec.NormWeightOffset);
            }

            return Round(values, type, stored.Name).MoveToOuterDisposeScope();
        }
    }
}
