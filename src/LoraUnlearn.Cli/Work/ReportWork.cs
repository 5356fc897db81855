using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Reporting;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>Puts reports together: of files that other verbs wrote, and of a run that has just ended.</summary>
internal static class ReportWork
{
    private const int ShownRows = 10;

    /// <summary>The sections of evaluations, those of the suites with most to say first.</summary>
    /// <param name="files">The evaluations.</param>
    /// <param name="reference">The retain-only model's TOFU log; null for none.</param>
    public static IEnumerable<IReportSection> Evaluations(IReadOnlyList<EvaluationFile> files, TofuLog? reference)
    {
        EvaluationFile[] Of(string suite) => [.. files.Where(file => file.Suite == suite)];
        if (Of("basic") is { Length: > 0 } basic)
        {
            yield return new BasicSection(basic);
        }

        if (Of("tofu") is { Length: > 0 } tofu)
        {
            yield return new TofuSection(tofu, reference);
        }

        MembershipSection membership = new(files);
        if (membership.HasAny)
        {
            yield return membership;
        }

        foreach (string suite in SuiteTableSection.Suites)
        {
            if (Of(suite) is { Length: > 0 } found)
            {
                yield return new SuiteTableSection(suite, found);
            }
        }
    }

    /// <summary>The section of an adapter's norms.</summary>
    /// <param name="folder">The adapter folder.</param>
    /// <param name="model">The model that it changes; null for none.</param>
    /// <param name="cancellation">Stops between modules.</param>
    public static IReportSection Adapter(string folder, string? model, CancellationToken cancellation)
    {
        using PeftAdapter adapter = PeftAdapter.Read(folder);
        using ModelFolder? weights = model is null ? null : ModelFolder.Open(model);
        return new AdapterSection(AdapterNorms.Of(adapter.Factors, weights, cancellation));
    }

    /// <summary>The answers that the files hold.</summary>
    /// <param name="files">The evaluations.</param>
    /// <param name="forget">The forget rows' file, for questions and true answers; null for none.</param>
    /// <param name="retain">The retain rows' file; null for none.</param>
    /// <param name="most">The most rows of each set.</param>
    /// <exception cref="InputException">No file holds answers.</exception>
    public static IReportSection Answers(IReadOnlyList<EvaluationFile> files, string? forget, string? retain, int most)
    {
        List<AnsweredRow> all = [], shown = [];
        void Add(IReadOnlyList<AnsweredRow> rows)
        {
            all.AddRange(rows);
            shown.AddRange(rows.Take(most));
        }

        foreach (EvaluationFile file in files.Where(file => file.Suite == "basic"))
        {
            Add(AnswerSection.OfBasic(file.Root, "forget", forget is null ? null : DataRows.Read(forget)));
            Add(AnswerSection.OfBasic(file.Root, "retain", retain is null ? null : DataRows.Read(retain)));
        }

        (string, TofuLog)[] logs = [.. files.Where(file => file.Log is not null).Select(file => (file.Name, file.Log!))];
        if (logs.Length > 0)
        {
            Add(AnswerSection.OfLogs(logs));
        }

        return all.Count > 0
            ? new AnswerSection(shown, all.Count - shown.Count)
            : throw new InputException("--show-text: no file holds answers. Give --evaluation with JSON of evaluate --suite basic --out, or with a TOFU log of --save-log; or leave --show-text out.");
    }

    /// <summary>Writes the report of a run that has just ended.</summary>
    /// <param name="invocation">The run of the verb.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="path">The HTML file.</param>
    /// <param name="showText">Whether answers are generated and shown.</param>
    public static void OfRun(Invocation invocation, UnlearningRequest request, string path, bool showText)
    {
        RunRecord run = RunRecord.Read(request.Output);
        List<IReportSection> sections = [new RunSection(run), Adapter(request.Output, request.Adapters.Count == 0 ? request.Model : null, invocation.Cancellation)];
        if (showText)
        {
            sections.Add(Generated(invocation, request));
        }

        Write(path, $"Unlearning {run.Name}", sections, showText);
        invocation.Reporter.Line($"The report is {path}.");
    }

    /// <summary>Writes a report.</summary>
    public static void Write(string path, string title, IReadOnlyList<IReportSection> sections, bool showText) => new Report(title, sections)
    {
        Introduction = "What was to be forgotten, what is left of it, and what became of the rest.",
        Footer = string.Create(CultureInfo.InvariantCulture, $"Written by lora-unlearn {Libtorch.Versions()["lora_unlearn"]} on {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC. ")
            + (showText ? "This page holds what was to be forgotten (--show-text): keep it as you keep the data." : "This page holds numbers and names of files, none of the texts of the rows."),
    }.Write(path);

    private static AnswerSection Generated(Invocation invocation, UnlearningRequest request)
    {
        using ModelSession session = ModelSession.Open(request.Model, request.Compute, ignoredKeys: request.IgnoredConfigKeys);
        EncodedData forget = session.Encode(request.Forget, request.Encoding);
        EncodedData? retain = request.Retain is null ? null : session.Encode(request.Retain, request.Encoding);
        using LoadedAdapters? carried = request.Adapters.Count == 0 ? null : AdapterFolders.Read(request.Adapters);
        using FixedAdapter? before = carried is null ? null : FixedAdapter.Carry(session.Decoder, carried.Weighted);
        using FixedAdapter? adapter = AdapterFolders.Attach(session, request.Output);
        BasicReport report = SuiteWork.Run(invocation, session, adapter, new BasicSuiteOptions { MaxRows = ShownRows }, forget, retain);
        JsonElement json = JsonSerializer.SerializeToElement<JsonNode>(report.ToJson(withRows: true));
        return new AnswerSection(
            [
                .. AnswerSection.OfBasic(json, "forget", [.. forget.Examples.Select(example => example.Row)]),
                .. AnswerSection.OfBasic(json, "retain", [.. retain?.Examples.Select(example => example.Row) ?? []]),
            ],
            leftOut: 0);
    }
}
