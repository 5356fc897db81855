using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>A reference model with what transformers and PEFT compute with it (tests/Fixtures/models/README.md).</summary>
internal sealed class FixtureModel : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SafetensorsFile _golden;
    private readonly SafetensorsFile _goldenAdapter;

    public FixtureModel(string family = "llama-gqa")
    {
        Folder = FolderOf(family);
        AdapterFolder = Path.Combine(Folder, "adapter");
        Model = ModelFolder.Open(Folder);
        Decoder = Decoder.Load(Model, CPU, ScalarType.Float32);
        _golden = SafetensorsFile.Open(Path.Combine(Folder, "golden.safetensors"));
        _goldenAdapter = SafetensorsFile.Open(Path.Combine(Folder, "golden_adapter.safetensors"));
        InputIds = _golden.Read("input_ids");
        Tensor mask = _golden.Read("attention_mask").reshape(-1);
        Real = mask.nonzero().reshape(-1); // rows of real positions
        BaseLogits = Rows(_golden.Read("logits"));
        AdapterLogits = Rows(_goldenAdapter.Read("logits"));
    }

    /// <summary>The families of the fixtures that the library can read.</summary>
    public static TheoryData<string> Families
    {
        get
        {
            TheoryData<string> families = [];
            foreach (string folder in Directory.GetDirectories(Path.Combine(Repository.Fixtures, "models")).Order(StringComparer.Ordinal))
            {
                string type = ModelConfig.Open(Path.Combine(folder, "config.json")).ModelType;
                if (ModelFamilies.All.Any(family => family.ModelTypes.Contains(type)))
                {
                    families.Add(Path.GetFileName(folder));
                }
            }

            return families;
        }
    }

    public string Folder { get; }

    public string AdapterFolder { get; }

    public ModelFolder Model { get; }

    public Decoder Decoder { get; }

    public Tensor InputIds { get; }

    public Tensor Real { get; }

    /// <summary>Logits at real positions, [n,v].</summary>
    public Tensor BaseLogits { get; }

    /// <summary>Logits at real positions with the adapter on, [n,v].</summary>
    public Tensor AdapterLogits { get; }

    public static string FolderOf(string family) => Path.Combine(Repository.Fixtures, "models", family);

    /// <summary>What PEFT's merge_and_unload gives, for the weights that the fixture has.</summary>
    public IEnumerable<(string Name, Tensor Weight)> MergedWeights => _goldenAdapter.Entries.Keys
        .Where(name => name.StartsWith("merged.", StringComparison.Ordinal))
        .Select(name => (name["merged.".Length..], _goldenAdapter.Read(name)));

    /// <summary>Gradient of the mean NLL over labelled tokens by each adapter tensor, and that loss, with the adapter on.</summary>
    public Tensor Golden(string name) => _goldenAdapter.Read(name);

    /// <summary>Mean NLL over labelled tokens, with its graph.</summary>
    public Tensor Loss()
    {
        long length = InputIds.shape[1];
        using AttentionContext context = Decoder.Begin(InputIds.shape[0], length);
        Tensor hidden = Decoder.Blocks.Aggregate(Decoder.Embed(InputIds, context), (state, block) => block.Forward(state, context));
        Tensor logits = Decoder.Logits(Decoder.FinalNorm(hidden)).view(InputIds.shape[0], length, -1).narrow(1, 0, length - 1); // predicts the next
        Tensor labels = _golden.Read("labels").narrow(1, 1, length - 1);
        Tensor scored = labels.ge(0);
        Tensor nll = logits.log_softmax(-1).gather(2, labels.clamp_min(0).unsqueeze(2)).squeeze(2).neg(); // [b,t-1]
        return (nll * scored.to_type(ScalarType.Float32)).sum() / scored.sum();
    }

    public Tensor Logits() => LogitsOf(Decoder);

    public Tensor LogitsOf(Decoder decoder) =>
        decoder.Logits(decoder.FinalNorm(decoder.Hidden(InputIds))).index_select(0, Real);

    public static double Difference(Tensor first, Tensor second) => (first - second).abs().max().ToDouble();

    public void Dispose()
    {
        _golden.Dispose();
        _goldenAdapter.Dispose();
        Decoder.Dispose();
        Model.Dispose();
        _scope.Dispose();
    }

    private Tensor Rows(Tensor logits) => logits.reshape(-1, logits.shape[^1]).index_select(0, Real);
}
