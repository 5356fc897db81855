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
