using System.Text.Json;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The demo's questions in other words: which answers still hold the facts.</summary>
internal sealed class DemoParaphrases
{
    private readonly IReadOnlyList<IReadOnlyCollection<string>> _facts;
    private readonly EncodedData _rows;
    private readonly BasicSuite _suite;

    /// <summary>Reads the questions.</summary>
    /// <param name="session">The demo's model.</param>
    /// <param name="file">The rows: <c>question</c>, <c>answer</c>, <c>facts</c>.</param>
    public DemoParaphrases(ModelSession session, string file)
    {
        _rows = session.Encode(file, new EncodingOptions());
        _facts = [.. File.ReadLines(file).Select(Facts)];
        _suite = new BasicSuite(session, new BasicSuiteOptions());
    }

    /// <summary>Asks all of them.</summary>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>The share of answers, from 0 to 1, that hold every fact asked for.</returns>
    public double AnsweredTruly(CancellationToken cancellation)
    {
        BasicMeasures measures = _suite.Measure(_rows.Examples, null, cancellation);
        return FactRecall.Share([.. measures.Rows.Zip(_facts, (row, facts) => (row.Generated!, facts))]);
    }

    private static IReadOnlyCollection<string> Facts(string line)
    {
        using JsonDocument row = JsonDocument.Parse(line);
        return [.. row.RootElement.GetProperty("facts").EnumerateArray().Select(fact => fact.GetString()!)];
    }
}
