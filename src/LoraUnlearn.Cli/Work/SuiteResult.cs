using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>What a suite found, for people and for programs.</summary>
/// <param name="Tables">Tables of it, in order.</param>
/// <param name="Document">The same as JSON; the argument says whether every row is listed too.</param>
internal sealed record SuiteResult(IReadOnlyList<TextTable> Tables, Func<bool, JsonObject> Document);

/// <summary>A suite with its options read and its output files checked.</summary>
internal interface ISuiteWork
{
    /// <summary>Measures a model.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="session">The model.</param>
    /// <param name="adapter">The adapter on it, or null.</param>
    /// <param name="encoding">How rows become tokens.</param>
    SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding);
}
