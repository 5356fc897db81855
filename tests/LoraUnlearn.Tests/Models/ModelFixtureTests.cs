using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
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
        using Fixture exact = new(family, ScalarType.Float32), narrow = new(family, ScalarType.BFloat16);
        Tensor difference = exact.Real(exact.Logits()).log_softmax(-1) - narrow.Real(narrow.Logits()).log_softmax(-1);
        double largest = difference.abs().max().ToDouble(), mean = difference.abs().mean().ToDouble();
        Assert.Fail($"largest {largest}, mean {mean}");
    }

    private static void Close(double tolerance, Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().ToDouble(), 0, tolerance);
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

        public (double[] Summed, double Mean) NegativeLogLikelihoods()
        {
            ScoredPositions positions = ScoredPositions.Of(Sequences, InputIds.shape[1], CPU);
            TokenScores scores = OutputHead.Score(Decoder, Decoder.Hidden(InputIds).index_select(0, positions.Rows), positions.Labels);
            Tensor summed = positions.SumBySequence(scores.LogProbability.neg().to_type(ScalarType.Float64));
            return ([.. summed.data<double>()], summed.sum().ToDouble() / positions.Count);
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
