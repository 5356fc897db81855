using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>Compares a merged model with its base under the adapters: by logits, and by what is forgotten and kept.</summary>
/// <param name="Model">The base model.</param>
/// <param name="Adapters">The adapters with their weights.</param>
/// <param name="Merged">The merged model's folder.</param>
/// <param name="Compute">Where to compute.</param>
internal sealed record MergeCheck(ModelFolder Model, IReadOnlyList<WeightedAdapter> Adapters, string Merged, ComputeSettings Compute)
{
    /// <summary>Whether the merged weights were quantised again.</summary>
    public bool IsRequantised { get; init; }

    private const int RandomRows = 4;
    private const int RandomLength = 32;
    private const int MeasuredRows = 100;
    private const double Noticeable = 0.02;

    /// <summary>The largest logit difference that rounding the weights to their stored type explains.</summary>
    public static double Tolerance(ModelFolder model)
    {
        string[] types = [.. model.Weights.Entries.Values.Select(entry => entry.DType).Distinct()];
        return types.Contains("BF16") ? 0.5 : types.Contains("F16") ? 0.1 : 1e-3;
    }

    /// <summary>Compares logits on prompts, or on random token ids where there are none.</summary>
    /// <param name="reporter">Where to report each prompt's difference.</param>
    /// <param name="prompts">Prompts, as they are.</param>
    /// <param name="seed">Of the random ids.</param>
    /// <returns>The largest difference.</returns>
    /// <exception cref="WorkFailedException">It is more than rounding explains.</exception>
    /// <exception cref="InputException">There is no tokenizer for the prompts.</exception>
    public double CompareLogits(Reporter reporter, IReadOnlyList<string> prompts, long seed)
    {
        reporter.Log("Verifying…");
        using ModelFolder merged = ModelFolder.Open(Merged);
        using DisposeScope scope = NewDisposeScope();
        double[] differences = MergeVerification.LargestLogitDifferences(Model, Adapters, merged, Inputs(prompts, seed), Compute.Device, Compute.Dtype);
        if (prompts.Count > 0)
        {
            TextTable table = new("prompt", "largest logit difference");
            foreach ((string prompt, double difference) in prompts.Zip(differences))
            {
                table.Add(prompt, Figures.Four(difference));
            }

            reporter.Table(table);
        }

        double largest = differences.Any(double.IsNaN) ? double.NaN : differences.Max(), tolerance = Tolerance(merged);
        return largest <= tolerance
            ? largest
            : throw new WorkFailedException($"The merged model in {Merged} computes something else than the base under the adapter: a logit differs by {Figures.Four(largest)}, expected at most {Figures.Four(tolerance)}. Do not use it.");
    }

    /// <summary>Measures the first rows of each set under the base, the base with the adapters, and the merged model; warns where the merge gives back what was forgotten.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="rows">The sets and their encoding.</param>
    /// <returns>The probabilities, for the document.</returns>
    /// <exception cref="InputException">Model and data do not go together.</exception>
    public JsonObject Measure(Invocation invocation, LossMeasure rows)
    {
        (double Forget, double? Retain) plain, adapted, merged;
        using (ModelSession session = ModelSession.Open(Model.Path, Compute))
        {
            plain = Score(invocation, session, rows);
            using FixedAdapter adapter = new(session.Decoder, Adapters);
            adapted = Score(invocation, session, rows);
        }

        using (ModelSession session = ModelSession.Open(Merged, Compute))
        {
            merged = Score(invocation, session, rows);
        }

        TextTable table = new("answer probability", "base", "base and adapter", "merged");
        table.Add("forget", Figures.Three(plain.Forget), Figures.Three(adapted.Forget), Figures.Three(merged.Forget));
        if (plain.Retain is not null)
        {
            table.Add("retain", Figures.Three(plain.Retain), Figures.Three(adapted.Retain), Figures.Three(merged.Retain));
        }

        invocation.Reporter.Table(table);
        if (merged.Forget > adapted.Forget + Noticeable)
        {
            invocation.Reporter.Warn($"in the merged model the probability of what was to be forgotten is {Figures.Three(merged.Forget)}, under the adapter {Figures.Three(adapted.Forget)}: rounding gave some of it back. {(IsRequantised ? "Leave --requantize out, or keep the adapter beside the quantised base." : "Merge with --dtype float32 or --rounding stochastic.")}");
        }

        static JsonObject Document((double Forget, double? Retain) score) => new() { ["forget"] = JsonText.Number(score.Forget), ["retain"] = JsonText.Number(score.Retain) };
        return new JsonObject { ["base"] = Document(plain), ["adapter"] = Document(adapted), ["merged"] = Document(merged) };
    }

    private static (double Forget, double? Retain) Score(Invocation invocation, ModelSession session, LossMeasure rows)
    {
        BasicSuite suite = new(session, new BasicSuiteOptions { Generate = false, MaxRows = MeasuredRows });
        double Probability(string file) => suite.Measure(session.Encode(file, rows.Encoding).Examples, null, invocation.Cancellation).Probability;
        return (Probability(rows.Forget), rows.Retain is null ? null : Probability(rows.Retain));
    }

    private List<Tensor> Inputs(IReadOnlyList<string> prompts, long seed)
    {
        if (prompts.Count == 0)
        {
            SeededRandom random = new(seed);
            int vocabulary = (int)ModelFamilies.Describe(Model.Config).VocabularySize;
            long[] ids = [.. Enumerable.Range(0, RandomRows * RandomLength).Select(_ => (long)random.NextInt(vocabulary))];
            return [tensor(ids, [RandomRows, RandomLength], ScalarType.Int64)]; // [b,t]
        }

        Tokenizer tokenizer = Tokenizer.Load(Model.TokenizerPath ?? throw new InputException($"{Model.Path}: there is no tokenizer.json, which --prompt needs; leave --prompt out, and random token ids are compared."));
        return [.. prompts.Select(prompt => Encode(tokenizer, prompt))];
    }

    private static Tensor Encode(Tokenizer tokenizer, string prompt)
    {
        long[] ids = [.. tokenizer.Encode(prompt, addSpecialTokens: true).Select(id => (long)id)];
        return ids.Length > 0 ? tensor(ids, [1, ids.Length], ScalarType.Int64) : throw new InputException($"--prompt: '{prompt}' becomes no token.");
    }
}
