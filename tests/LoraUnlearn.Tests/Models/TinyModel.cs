using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Models.Families;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>A small random Llama-shaped model in memory.</summary>
internal sealed class TinyModel : ITensorSource
{
    private readonly Dictionary<string, Func<Tensor>> _tensors = [];

    public TinyModel(int layers = 2, long vocabulary = 13, long width = 8, long mlp = 12, int heads = 4, int keyValueHeads = 2, ulong seed = 3)
    {
        Spec = new DecoderSpec
        {
            Family = "llama",
            VocabularySize = vocabulary,
            Width = width,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = width / heads,
            MlpWidth = mlp,
            MaximumLength = 64,
            Rotary = new RotarySpec { Width = width / heads },
            AttentionScale = 1 / Math.Sqrt((double)width / heads),
            Names = LlamaFamily.Names,
        };
        long pairs = keyValueHeads * Spec.HeadWidth;
        ulong next = seed * 1000;
        void Add(string name, params long[] shape)
        {
            ulong own = next++;
            _tensors[name + ".weight"] = () =>
            {
                using Generator generator = new(own);
                Tensor values = randn(shape, ScalarType.Float64, generator: generator);
                return shape.Length == 1 ? values.mul_(Scalars.Held(0.1)).Increase(1) : values.mul_(Scalars.Held(0.5));
            };
        }

        DecoderNames names = Spec.Names;
        Add(names.Embedding, vocabulary, width);
        for (int layer = 0; layer < layers; layer++)
        {
            Add(DecoderNames.Of(names.AttentionNorm, layer), width);
            Add(DecoderNames.Of(names.MlpNorm!, layer), width);
            Add(DecoderNames.Of(names.Query, layer), width, width);
            Add(DecoderNames.Of(names.Key!, layer), pairs, width);
            Add(DecoderNames.Of(names.Value!, layer), pairs, width);
            Add(DecoderNames.Of(names.Output, layer), width, width);
            Add(DecoderNames.Of(names.Gate!, layer), mlp, width);
            Add(DecoderNames.Of(names.Up!, layer), mlp, width);
            Add(DecoderNames.Of(names.Down, layer), width, mlp);
        }

        Add(names.FinalNorm!, width);
        Add(names.Head, vocabulary, width);
    }

    public DecoderSpec Spec { get; init; }

    public string Description => "tiny model";

    public Decoder Build(ScalarType dtype = ScalarType.Float64) => Decoder.Build(Spec, this, CPU, dtype);

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public Tensor Read(string name) => _tensors[name]();
}
