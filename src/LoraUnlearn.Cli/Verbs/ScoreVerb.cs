using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Teacher-forced likelihoods of rows, one JSON line a row.</summary>
internal sealed class ScoreVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string> _data = OptionKinds.RequiredInput("--data", "FILE", "JSONL file with the rows to score.");
    private readonly Option<string?> _out = OptionKinds.OutputFile("--out", "JSONL file to write; standard output unless given.");
    private readonly Option<int?> _maxRows = OptionKinds.OptionalWhole("--max-rows", "Rows of the file, from the first; all unless given.", 1);
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public ScoreVerb()
        : base("score", "Score rows: likelihood and rank of every labelled token.")
    {
        AddGroup("Options", _model.Model, _model.Adapter, _data, _maxRows, _out, _model.IgnoreConfigKey);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "One JSON object a row: nll (summed, nats), tokens (labelled), probability = exp(-nll/tokens), and for each labelled token "
        + "in order log_probabilities, ranks (0 for the most likely token) and argmax_match.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn score --model models/llama --data forget.jsonl",
        "lora-unlearn score --model models/llama --adapter forgotten --data forget.jsonl --out scores.jsonl",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string? output = invocation.Get(_out);
        ComputeSettings compute = _compute.Read(invocation);
        EncodingOptions encoding = _rows.Read(invocation, invocation.Get(_compute.Seed));
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), compute, ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        EncodedData data = session.Encode(invocation.Get(_data), encoding);
        RunNotes.OfRows(invocation.Reporter, session, data);
        using IDisposable? adapter = AdapterFolders.Attach(session, invocation.Get(_model.Adapter), invocation.Reporter);
        IReadOnlyList<Example> examples = FirstRows(data.Examples, invocation.Get(_maxRows));
        IReadOnlyList<SequenceScore> scores = Score(invocation, session, data.Path, examples);
        Write(invocation.Reporter, output, RowScore.Of(examples, scores));
    }

    // A long text is several examples of one row.
    private static IReadOnlyList<Example> FirstRows(IReadOnlyList<Example> examples, int? rows)
    {
        if (rows is not int most)
        {
            return examples;
        }

        HashSet<DataRow> seen = new(ReferenceEqualityComparer.Instance);
        return [.. examples.TakeWhile(example => seen.Contains(example.Row) || (seen.Count < most && seen.Add(example.Row)))];
    }

    private static IReadOnlyList<SequenceScore> Score(Invocation invocation, ModelSession session, string path, IReadOnlyList<Example> examples)
    {
        using ProgressDisplay display = invocation.Reporter.Progress("Scoring", examples.Count, "--max-rows");
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(
            session.Decoder,
            [.. examples.Select(example => example.Sequence)],
            progress: new DirectProgress<int>(done => display.Report(done)),
            cancellation: invocation.Cancellation);
        for (int index = 0; index < scores.Count; index++)
        {
            NotFinite.Require(scores[index].Nll, $"the likelihood of {path}, line {examples[index].Row.Line},", session);
        }

        return scores;
    }

    // Number by number as it goes out: a document of a long row would be many times the row's size.
    private static void Write(Reporter reporter, string? output, IReadOnlyList<RowScore> rows)
    {
        if (output is not null)
        {
            AtomicFile.Write(output, stream => WriteLines(stream, rows));
        }
        else if (!reporter.IsJson)
        {
            using Utf8TextStream stream = new(reporter.Data);
            WriteLines(stream, rows);
        }

        Summarise(reporter, output, rows);
    }

    private static void WriteLines(Stream stream, IReadOnlyList<RowScore> rows)
    {
        using Utf8JsonWriter writer = JsonText.Writer(stream, isIndented: false);
        foreach (RowScore row in rows)
        {
            row.Write(writer);
            writer.Flush();
            stream.WriteByte((byte)'\n');
            writer.Reset();
        }
    }

    private static void Summarise(Reporter reporter, string? output, IReadOnlyList<RowScore> rows)
    {
        long tokens = rows.Sum(row => (long)row.Score.Tokens);
        double mean = rows.Sum(row => row.Score.Nll) / Math.Max(1, tokens);
        double probability = rows.Average(row => row.Score.Probability);
        JsonObject summary = new()
        {
            ["rows_scored"] = rows.Count,
            ["tokens"] = tokens,
            ["mean_nll"] = JsonText.Number(mean),
            ["perplexity"] = JsonText.Number(Math.Exp(mean)),
            ["probability"] = JsonText.Number(probability),
        };
        if (output is not null)
        {
            summary["out"] = output;
            reporter.Document(summary);
        }
        else if (reporter.IsJson)
        {
            WriteDocument(reporter.Data, summary, rows);
        }

        string line = $"{rows.Count} rows, {tokens} tokens: mean probability {Figures.Four(probability)}, perplexity {Figures.Four(Math.Exp(mean))}";
        if (output is not null)
        {
            reporter.Line($"{line}; written to {output}");
        }
        else
        {
            reporter.Log(line);
        }
    }

    private static void WriteDocument(TextWriter output, JsonObject summary, IReadOnlyList<RowScore> rows)
    {
        using (Utf8TextStream stream = new(output))
        using (Utf8JsonWriter writer = JsonText.Writer(stream, isIndented: true))
        {
            writer.WriteStartObject();
            foreach ((string name, JsonNode? value) in summary)
            {
                writer.WritePropertyName(name);
                value!.WriteTo(writer);
            }

            writer.WriteStartArray("rows");
            foreach (RowScore row in rows)
            {
                row.Write(writer);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        output.WriteLine();
    }
}
