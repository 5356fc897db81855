using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.ServeLoad;

/// <summary>What it costs to choose among adapters, on a random Llama of 32 layers: in ratios, measured in turns.</summary>
internal static class AdapterCost
{
    private const int Adapters = 8;
    private const int Rank = 16;
    private const int Rounds = 15;

    public static void Measure()
    {
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(
            """
            {"model_type":"llama","vocab_size":1000,"hidden_size":1024,"intermediate_size":2816,"num_hidden_layers":32,"num_attention_heads":16,
             "num_key_value_heads":8,"max_position_embeddings":256,"rms_norm_eps":1e-5}
            """,
            "config.json"));
        using Decoder decoder = Decoder.Build(spec, new RandomWeights(spec), CPU, ScalarType.Float32);
        using ResidentAdapters resident = new(decoder);
        for (int index = 0; index < Adapters; index++)
        {
            using AdapterFactors factors = new([.. decoder.Maps.Select(map => new ModuleFactors(map.Name, randn(Rank, map.InputWidth), randn(map.OutputWidth, Rank), 0.001))], $"random {index}");
            resident.Add($"{index}", new WeightedAdapter(factors));
        }

        double[] switches = [.. Enumerable.Range(0, 1001).Select(round =>
        {
            long begun = Stopwatch.GetTimestamp();
            resident.Use(resident.All[round % Adapters]);
            return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        })];
        Console.WriteLine($"switching: median {Median(switches) * 1000:F2} µs, longest {switches.Max():F3} ms");
        foreach (int tokens in new[] { 1, 32 })
        {
            using Tensor ids = zeros([Adapters, tokens], ScalarType.Int64);
            List<double> none = [], one = [], mixed = [];
            for (int round = 0; round < Rounds; round++)
            {
                none.Add(Time(decoder, ids, resident, [.. Enumerable.Repeat<ResidentAdapter?>(null, Adapters)]));
                one.Add(Time(decoder, ids, resident, [.. Enumerable.Repeat(resident.All[0], Adapters)]));
                mixed.Add(Time(decoder, ids, resident, [.. resident.All]));
            }

            Console.WriteLine($"8 rows of {tokens} tokens, 32 layers, rank {Rank}, medians of {Rounds}: base {Median(none):F0} ms, one adapter {Median(one):F0} ms, 8 adapters {Median(mixed):F0} ms; 8 against one {Median(mixed) / Median(one):F2} (of least times {mixed.Min() / one.Min():F2})");
        }
    }

    private static double Time(Decoder decoder, Tensor ids, ResidentAdapters resident, ResidentAdapter?[] rows)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable chosen = resident.UseRows(rows);
        long begun = Stopwatch.GetTimestamp();
        decoder.Hidden(ids);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private sealed class RandomWeights(DecoderSpec spec) : ITensorSource
    {
        private readonly Dictionary<string, long[]> _shapes = DecoderTensors.Of(spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape.ToArray());

        public string Description => "random weights";

        public bool Contains(string name) => _shapes.ContainsKey(name);

        public Tensor Read(string name)
        {
            long[] shape = _shapes[name];
            using Tensor small = tensor(0.02f);
            return shape.Length == 1 ? ones(shape) : randn(shape).mul_(small);
        }
    }
}
