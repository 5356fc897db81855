using LLama.Native;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Gguf;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace LoraUnlearn.LlamaCpp.Tests;

/// <summary>
/// llama.cpp on our files against what transformers and PEFT computed with the same model and adapter (tests/Fixtures/models/README.md),
/// and on the demo's model with the adapter that ships with it.
/// </summary>
public class ReferenceTests(ITestOutputHelper output)
{
    private const double Float16Probability = 2e-2;

    // llama.cpp looks GELU up in a table of half precision, and takes its tanh for the error function: with logits of 5 to 10, as phi and
    // gpt-neox have here, a few thousandths remain whatever the file says. The others differ by 1e-5.
    [Theory]
    [InlineData("llama-gqa", 1e-4)]
    [InlineData("qwen2", 1e-4)]
    [InlineData("phi", 1e-2)]
    [InlineData("gpt-neox", 1e-2)]
    public void LogitsOfTransformersAndPeft(string family, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using Written files = new();
        string folder = Path.Combine(Repository.Fixtures, "models", family);
        using ModelFolder model = ModelFolder.Open(folder);
        using PeftAdapter adapter = PeftAdapter.Read(Path.Combine(folder, "adapter"));
        GgufModel.Write(files.Model, model, [], ScalarType.Float32);
        GgufAdapter.Write(files.Adapter, adapter.Factors, GgufArchitecture.Of(ModelFamilies.Describe(model.Config), "config.json"), ScalarType.Float32, family);
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors")), goldenAdapter = SafetensorsFile.Open(Path.Combine(folder, "golden_adapter.safetensors"));

        using LlamaCppModel theirs = new(files.Model);
        LoraAdapter lora = theirs.LoadAdapter(files.Adapter);
        Tensor ids = golden.Read("input_ids"), mask = golden.Read("attention_mask"); // [b,t]
        double plain = Largest(golden.Read("logits")), unapplied = Largest(goldenAdapter.Read("logits"));
        theirs.Apply((lora, 1));
        double adapted = Largest(goldenAdapter.Read("logits"));
        output.WriteLine($"{family}: base {plain:e1}, adapter {adapted:e1}, not applied {unapplied:e1}");
        Assert.InRange(plain, 0, tolerance);
        Assert.InRange(adapted, 0, tolerance);
        Assert.True(unapplied > 1, $"an adapter that is loaded but not applied must not pass: {unapplied}");

        double Largest(Tensor logits) => Enumerable.Range(0, (int)ids.shape[0]).Max(row =>
        {
            int length = (int)mask[row].sum().item<long>(); // padding is on the right
            float[][] computed = theirs.Logits(ids[row].narrow(0, 0, length).data<long>().ToArray());
            return Enumerable.Range(0, length).Max(position => computed[position].Zip(logits[row, position].data<float>().ToArray()).Max(pair => Math.Abs((double)pair.First - pair.Second)));
        });
    }

    [Fact]
    public void ShippedAdapterForgetsInLlamaCpp()
    {
        using DisposeScope scope = NewDisposeScope();
        using Written files = new();
        string demo = Path.Combine(Repository.Root, "src", "LoraUnlearn.Cli", "Demo");
        using ModelFolder model = ModelFolder.Open(demo);
        using PeftAdapter adapter = PeftAdapter.Read(Path.Combine(Repository.Root, "adapters", "demo-people"));
        DecoderSpec spec = ModelFamilies.Describe(model.Config);
        GgufModel.Write(files.Model, model, [], ScalarType.Float16);
        GgufAdapter.Write(files.Adapter, adapter.Factors, GgufArchitecture.Of(spec, "config.json"), ScalarType.Float16, "demo-people");
        string line = File.ReadLines(Path.Combine(demo, "forget.jsonl")).First();
        long[] ids = [.. Tokenizer.Load(demo).Encode(line).Take(40).Select(id => (long)id)];

        using LlamaCppModel theirs = new(files.Model);
        LoraAdapter lora = theirs.LoadAdapter(files.Adapter);
        theirs.Apply((lora, 1));
        float[][] computed = theirs.Logits(ids);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        using FixedAdapter attached = new(decoder, [new WeightedAdapter(adapter.Factors)]);
        Tensor ours = decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor(ids, [1, ids.Length])))).log_softmax(-1); // [t,v]
        Tensor same = tensor(computed.SelectMany(row => row).ToArray(), [ids.Length, spec.VocabularySize]).log_softmax(-1);
        double difference = (ours.exp() - same.exp()).abs().max().item<float>();
        output.WriteLine($"largest difference of a probability, float16 against float32: {difference:e1}");
        Assert.InRange(difference, 0, Float16Probability);
    }

    private sealed class Written : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lora-unlearn-gguf-");

        public string Model => Path.Combine(_folder.FullName, "model.gguf");

        public string Adapter => Path.Combine(_folder.FullName, "adapter.gguf");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
