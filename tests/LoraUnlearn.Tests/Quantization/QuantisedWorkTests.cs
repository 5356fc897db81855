using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Errors;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Fisher;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>What is done with a quantised base: nothing stays in memory, statistics and starts see its weights, spoilt files are refused.</summary>
[Collection(RunsAlone.Name)]
public sealed class QuantisedWorkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PassesLeaveNoTensorsBehind(bool checkpoint)
    {
        using Decoder decoder = Quantised(new TinyModel(layers: 2), BasePrecision.FourBit);
        using AdapterSet adapters = BlockwisePassTests.RandomAdapters(decoder, decoder.Maps);
        using Tensor ids = tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, [2, 5]);
        using Tensor gradient = ones([10, 8], ScalarType.Float32);
        LeftBehind.AssertNothing(() =>
        {
            using BlockwisePass pass = new(decoder, ids, adapters, checkpoint);
            pass.Backward(new Dictionary<int, Tensor> { [2] = gradient });
            decoder.Hidden(ids).Dispose();
        });
    }

    [Theory]
    [InlineData(BasePrecision.FourBit)]
    [InlineData(BasePrecision.EightBit)]
    public void FisherAndFilaSeeTheDequantisedWeights(BasePrecision precision)
    {
        TinyModel tiny = new();
        using DisposeScope scope = NewDisposeScope();
        using Decoder quantised = Quantised(tiny, precision), plain = Decoder.Build(tiny.Spec, new Replaced(tiny, quantised), CPU, ScalarType.Float32);
        (float[] weights, float[] product) found = Start(quantised), expected = Start(plain);
        Closeness.AssertClose(expected.weights, found.weights, 1e-5, "row weights");
        Closeness.AssertClose(expected.product, found.product, 1e-4, "products");
    }

    [Fact]
    public void TheWeightsOfAQuantisedModelTakeLessThanThreeTenths()
    {
        // Eight blocks of 103 million entries: 411 MB in float32, 53 MB in NF4; the largest map takes 12 MB while it is multiplied with.
        TinyModel model = new(layers: 8, vocabulary: 64, width: 1024, mlp: 2816, heads: 8, keyValueHeads: 8);
        long plain = DecoderTensors.Of(model.Spec).Sum(tensor => sizeof(float) * tensor.Shape.Aggregate(1L, (product, size) => product * size));
        long growth = Peak(() => Decoder.Build(model.Spec, new Narrow(model), CPU, ScalarType.Float32, BasePrecision.FourBit), out long quantised);
        Assert.InRange((double)quantised / plain, 0.125, 0.14);
        Assert.True(growth <= 0.3 * plain, $"memory grew by {growth >> 20} MB for a pass over {quantised >> 20} MB of quantised weights; in float32 they are {plain >> 20} MB.");
    }

    [SharedFact("models/tofu-llama-full")]
    public void TofusModelTakesThreeTenths()
    {
        using ModelFolder folder = ModelFolder.Open(Repository.InShared("models/tofu-llama-full"));
        using Decoder quantised = Decoder.Load(folder, CPU, ScalarType.BFloat16, BasePrecision.FourBit), plain = Decoder.Load(folder, CPU, ScalarType.Float32);
        Assert.InRange((double)quantised.WeightBytes / plain.WeightBytes, 0.2, 0.3);
    }

    [Fact]
    public void SpoiltFilesAreRefusedOrComputed()
    {
        using TemporaryFolder folder = new();
        using FixtureModel fixture = new();
        QuantisedCopy.Write(fixture.Model, folder["out"], BasePrecision.FourBit);
        string path = Path.Combine(folder["out"], "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int header = 8 + (int)BitConverter.ToInt64(bytes);
        int[] states = [.. Enumerable.Range(header, bytes.Length - header - 12).Where(place => bytes.AsSpan(place, 12).SequenceEqual("{\"quant_type"u8))];
        Assert.NotEmpty(states);
        Random random = new(3);
        int refused = 0;
        for (int number = 0; number < 300; number++)
        {
            byte[] spoilt = [.. bytes];
            int state = states[random.Next(states.Length)], place = number % 2 == 0 ? state + random.Next(180) : 8 + random.Next(header - 8);
            spoilt[place] = number % 3 == 0 ? (byte)('0' + random.Next(10)) : (byte)random.Next(256);
            File.WriteAllBytes(path, spoilt);
            try
            {
                using ModelFolder model = ModelFolder.Open(folder["out"]);
                using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
                using Tensor logits = fixture.LogitsOf(decoder);
            }
            catch (InputException error)
            {
                Assert.Contains("model.safetensors", error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 299);
    }

    private static Decoder Quantised(TinyModel model, BasePrecision precision) => Decoder.Build(model.Spec, model, CPU, ScalarType.Float32, precision);

    private static (float[] Weights, float[] Product) Start(Decoder decoder)
    {
        using DisposeScope scope = NewDisposeScope();
        using FisherResult fisher = new FisherEstimator(decoder, decoder.Maps, new FisherOptions()).Estimate([FisherEstimatorTests.Sequence(1, 2, 3)], [FisherEstimatorTests.Sequence(4, 5, 6, 7)]);
        using AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
        new AdapterInitialisation(InitialisationKind.Fila, 1) { Exact = true }.Apply(adapters, fisher);
        return (
            [.. decoder.Maps.SelectMany(map => fisher.Modules[map.Name].Weights().to_type(ScalarType.Float32).data<float>().ToArray())],
            [.. adapters.Pairs.SelectMany(pair => pair.B.mm(pair.A).contiguous().data<float>().ToArray())]);
    }

    // How much the process grows while a decoder is built and a pass goes forward and back through it.
    private static long Peak(Func<Decoder> build, out long weightBytes)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        bool canReset = TryResetPeak();
        long before = Memory("VmRSS");
        using Decoder decoder = build();
        using AdapterSet adapters = BlockwisePassTests.RandomAdapters(decoder, [decoder.Maps[0], decoder.Maps[^1]]);
        using Tensor ids = ones([1, 16], ScalarType.Int64), gradient = ones([16, 1024], ScalarType.Float32);
        using (BlockwisePass pass = new(decoder, ids, adapters, checkpoint: false))
        {
            pass.Backward(new Dictionary<int, Tensor> { [decoder.Blocks.Count] = gradient });
        }

        weightBytes = decoder.WeightBytes;
        return Memory(canReset ? "VmHWM" : "VmRSS") - before;
    }

    private static bool TryResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Memory(string key) => File.Exists("/proc/self/status")
        ? File.ReadLines("/proc/self/status").Where(line => line.StartsWith(key, StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024).First()
        : 0;

    /// <summary>Random weights that are views of one tensor, as those of a file are of its map.</summary>
    private sealed class Narrow(TinyModel model) : ITensorSource
    {
        private readonly Tensor _values = randn([2816 * 1024], ScalarType.Float32).DetachFromDisposeScope();
        private readonly Dictionary<string, IReadOnlyList<long>> _shapes = DecoderTensors.Of(model.Spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);

        public string Description => "random";

        public bool Contains(string name) => _shapes.ContainsKey(name);

        public Tensor Read(string name)
        {
            using DisposeScope scope = NewDisposeScope();
            return _values.narrow(0, 0, _shapes[name].Aggregate(1L, (product, size) => product * size)).view([.. _shapes[name]]).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The tiny model with the maps' weights replaced by what a quantised decoder multiplies with.</summary>
    private sealed class Replaced(ITensorSource source, Decoder decoder) : ITensorSource
    {
        public string Description => source.Description;

        public bool Contains(string name) => source.Contains(name);

        public Tensor Read(string name) => decoder.Maps.FirstOrDefault(map => map.Name + ".weight" == name) is { } map ? map.CopyWeight(ScalarType.Float32) : source.Read(name);
    }
}
