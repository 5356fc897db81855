using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>Every family with a fixture against what transformers computes (tests/Fixtures/models/README.md).</summary>
public class ModelFixtureTests
{
    private static readonly string Folder = Path.Combine(Repository.Fixtures, "models");

    public static TheoryData<string> Families => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Families))]
    public void LogitsAndHiddenStates(string family)
    {
        using Fixture fixture = new(family, ScalarType.Float32);
        Decoder decoder = fixture.Decoder;
        using AttentionContext context = decoder.Begin(fixture.InputIds.shape[0], fixture.InputIds.shape[1]);
        Tensor hidden = decoder.Embed(fixture.InputIds, context);
        for (int layer = 0; layer < decoder.Blocks.Count; layer++)
        {
            Close(1e-4, fixture.Golden($"hidden_states.{layer}"), fixture.Real(hidden));
            hidden = decoder.Blocks[layer].Forward(hidden, context);
        }

        Tensor normalised = decoder.FinalNorm(hidden);
        Close(1e-4, fixture.Golden($"hidden_states.{decoder.Blocks.Count}"), fixture.Real(normalised));
        Close(1e-4, fixture.Golden("logits"), fixture.Real(decoder.Logits(normalised)));
        Assert.Empty(decoder.UnusedTensors);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void LikelihoodOfEachSequence(string family)
    {
        using Fixture fixture = new(family, ScalarType.Float32);
        (double[] summed, double mean) = fixture.NegativeLogLikelihoods();
        double[] expected = [.. fixture.Whole("seq_nll").data<float>().Select(value => (double)value)];
        Assert.All(summed.Zip(expected), pair => Assert.Equal(1, pair.First / pair.Second, 1e-5));
        Assert.Equal(1, mean / fixture.Whole("loss").ToDouble(), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void FisherRows(string family)
    {
        using Fixture fixture = new(family, ScalarType.Float32);
        using FisherResult fisher = new FisherEstimator(fixture.Decoder, fixture.Decoder.Maps, new FisherOptions()).Estimate(fixture.Sequences, null);
        string[] rows = [.. fixture.Names.Where(name => name.StartsWith("fisher_row.", StringComparison.Ordinal))];
        Assert.Equal(fixture.Decoder.Maps.Count, rows.Length);
        foreach (string name in rows)
        {
            string module = name["fisher_row.".Length..^".weight".Length];
            Tensor expected = fixture.Whole(name).to_type(ScalarType.Float64);
            Tensor found = fisher.Modules[module].Forget * fisher.ForgetTokens;
            Tensor allowed = (expected * 1e-3).clamp_min(expected.max().ToDouble() * 2e-5);
            Assert.True((found - expected).abs().le(allowed).all().item<bool>(), name);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void LogitsWithThePeftAdapter(string family)
    {
        using Fixture fixture = new(family, ScalarType.Float32);
        using PeftAdapter adapter = PeftAdapter.Read(Path.Combine(Folder, family, "adapter"));
        using FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors)]);
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Folder, family, "golden_adapter.safetensors"));
        Close(1e-4, fixture.Real(golden.Read("logits").reshape(-1, fixture.Decoder.Spec.VocabularySize)), fixture.Real(fixture.Logits()));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void BrainFloatIsNearFloat(string family)
    {
        // Rounding the weights alone moves these models' log-probabilities by up to 0.09 (they are about −6): the activations'
        // rounding may cost about as much again, and the mean over the tokens, where errors of both signs meet, stays near.
        using Fixture exact = new(family, ScalarType.Float32), narrow = new(family, ScalarType.BFloat16);
        using Decoder rounded = Decoder.Build(exact.Decoder.Spec, new RoundedWeights(exact.Weights), CPU, ScalarType.Float32);
        Tensor reference = exact.LogProbabilities(exact.Decoder);
        double FromWeights(Decoder decoder) => (exact.LogProbabilities(decoder) - reference).square().mean().sqrt().ToDouble();
        Assert.InRange(FromWeights(narrow.Decoder) / FromWeights(rounded), 0.5, 4);
        Assert.InRange((exact.LogProbabilities(narrow.Decoder) - reference).mean().ToDouble(), -3e-2, 3e-2);
    }

    private static void Close(double tolerance, Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().ToDouble(), 0, tolerance);
    }

    private sealed class RoundedWeights(ITensorSource source) : ITensorSource
    {
        public string Description => source.Description;

        public bool Contains(string name) => source.Contains(name);

        public Tensor Read(string name) => source.Read(name).to_type(ScalarType.BFloat16).to_type(ScalarType.Float32);
    }

    private sealed class Fixture : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly IDisposable _noGrad = no_grad();
        private readonly ModelFolder _model;
        private readonly SafetensorsFile _golden;
        private readonly Tensor _real;

        public Fixture(string family, ScalarType dtype)
        {
            _model = ModelFolder.Open(Path.Combine(Folder, family));
            _golden = SafetensorsFile.Open(Path.Combine(Folder, family, "golden.safetensors"));
            Decoder = Decoder.Load(_model, CPU, dtype);
            InputIds = _golden.Read("input_ids");
            _real = _golden.Read("attention_mask").reshape(-1).nonzero().reshape(-1);
        }

        public Decoder Decoder { get; }

        public ITensorSource Weights => _model.Weights;

        public Tensor InputIds { get; }

        public IEnumerable<string> Names => _golden.Entries.Keys;

        public IReadOnlyList<LabelledSequence> Sequences
        {
            get
            {
                int[] Row(Tensor all, int row, int length) => [.. all[row].narrow(0, 0, length).data<long>().Select(id => (int)id)];
                Tensor labels = Whole("labels"), mask = Whole("attention_mask");
                return [.. Enumerable.Range(0, 3).Select(row => (Row: row, Length: (int)mask[row].sum().item<long>()))
                    .Select(entry => new LabelledSequence(Row(InputIds, entry.Row, entry.Length), Row(labels, entry.Row, entry.Length)))];
            }
        }

        public Tensor Whole(string name) => _golden.Read(name);

        /// <summary>Real positions of a golden tensor [3,13,…].</summary>
        public Tensor Golden(string name) => Whole(name) is var tensor ? Real(tensor.reshape(-1, tensor.shape[^1])) : throw new InvalidOperationException();

        public Tensor Real(Tensor rows) => rows.index_select(0, _real);

        public Tensor Logits() => Decoder.Logits(Decoder.FinalNorm(Decoder.Hidden(InputIds)));

        /// <summary>Log-probability of each scored token, sequence by sequence.</summary>
        public Tensor LogProbabilities(Decoder decoder)
        {
            ScoredPositions positions = ScoredPositions.Of(Sequences, InputIds.shape[1], CPU);
            return OutputHead.Score(decoder, decoder.Hidden(InputIds).index_select(0, positions.Rows), positions.Labels).LogProbability;
        }

        public (double[] Summed, double Mean) NegativeLogLikelihoods()
        {
            Tensor perToken = LogProbabilities(Decoder).neg().to_type(ScalarType.Float64);
            ScoredPositions positions = ScoredPositions.Of(Sequences, InputIds.shape[1], CPU);
            return ([.. positions.SumBySequence(perToken).data<double>()], perToken.mean().ToDouble());
        }

        public void Dispose()
        {
            _noGrad.Dispose();
            Decoder.Dispose();
            _golden.Dispose();
            _model.Dispose();
            _scope.Dispose();
        }
    }
}
