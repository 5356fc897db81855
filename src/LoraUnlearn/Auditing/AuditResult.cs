using System.Text.Json.Nodes;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Auditing;

/// <summary>One line of an attack's plot.</summary>
/// <param name="Name">Which rows, and under what.</param>
/// <param name="X">How hard it was tried: see <see cref="AttackResult.XTitle"/>.</param>
/// <param name="Y">What came back, as many numbers: a probability, a ROUGE-L recall or a share, in [0,1].</param>
public sealed record AuditCurve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>The largest y.</summary>
    public double Most => Y.Max();
}

/// <summary>A row with what an attack got out of the model. Holds the text that was to be forgotten.</summary>
/// <param name="Line">The row's line in its file.</param>
/// <param name="Truth">The true answer.</param>
/// <param name="Answer">What the model said.</param>
/// <param name="Recall">ROUGE-L recall of the one by the other.</param>
public sealed record AuditExample(int Line, string Truth, string Answer, double Recall);

/// <summary>What an attack tried, and what came back.</summary>
/// <param name="Name">The attack.</param>
/// <param name="Tried">What was tried, a sentence.</param>
/// <param name="XTitle">What the curves run over.</param>
/// <param name="Curves">The curves; at least one.</param>
/// <param name="CameBack">What came back, a sentence with the numbers.</param>
/// <param name="Measure">What <paramref name="Value"/> is: <c>probability</c>, <c>ROUGE-L recall</c> or <c>accuracy</c>.</param>
/// <param name="Value">The most that the attack got out of the unlearned model.</param>
/// <param name="Baseline">The same of the retain-only model, which never met the rows; null where none was given.</param>
public sealed record AttackResult(string Name, string Tried, string XTitle, IReadOnlyList<AuditCurve> Curves, string CameBack, string Measure, double Value, double? Baseline)
{
    /// <summary>Whether it takes the adapter itself apart, which needs it as a file of its own: who has that can leave it off, too.</summary>
    public bool NeedsAdapter { get; init; }

    /// <summary>The rows that came back the most; empty where the attack generates nothing.</summary>
    public IReadOnlyList<AuditExample> Examples { get; init; } = [];

    /// <summary>The attack as part of the audit's document.</summary>
    /// <param name="withText">Whether <see cref="Examples"/> are listed, which holds the forgotten text.</param>
    public JsonObject ToJson(bool withText)
    {
        JsonObject json = new()
        {
            ["name"] = Name,
            ["tried"] = Tried,
            ["x_title"] = XTitle,
            ["curves"] = new JsonArray([.. Curves.Select(curve => (JsonNode)new JsonObject { ["name"] = curve.Name, ["x"] = Numbers(curve.X), ["y"] = Numbers(curve.Y) })]),
            ["came_back"] = CameBack,
            ["measure"] = Measure,
            ["baseline"] = JsonNumber.Of(Baseline),
            ["value"] = JsonNumber.Of(Value),
        };
        if (withText && Examples.Count > 0)
        {
            json["examples"] = new JsonArray([.. Examples.Select(example => (JsonNode)new JsonObject
            {
                ["line"] = example.Line,
                ["truth"] = example.Truth,
                ["answer"] = example.Answer,
                ["rouge_l"] = JsonNumber.Of(example.Recall),
            })]);
        }

        return json;
    }

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(value => JsonNumber.Of(value))]);
}
