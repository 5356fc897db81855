using System.Text.Json.Nodes;

namespace LoraUnlearn.Evaluation;

/// <summary>The measures of one data set without and with an adapter.</summary>
/// <param name="Before">Of the model with the adapter off, or of a model without one.</param>
/// <param name="After">With the adapter on; null without an adapter.</param>
public sealed record BasicComparison(BasicMeasures Before, BasicMeasures? After)
{
    /// <summary><c>{"before": …, "after": …}</c>; no <c>after</c> without an adapter.</summary>
    /// <param name="withRows">Whether every row is listed too.</param>
    public JsonObject ToJson(bool withRows = false)
    {
        JsonObject json = new() { ["before"] = Before.ToJson(withRows) };
        if (After is not null)
        {
            json["after"] = After.ToJson(withRows);
        }

        return json;
    }
}

/// <summary>What the basic suite found.</summary>
/// <param name="Forget">On the forget set; null without one.</param>
/// <param name="Retain">On the retain set; null without one.</param>
public sealed record BasicReport(BasicComparison? Forget, BasicComparison? Retain)
{
    /// <summary><c>{"forget": {"before": …, "after": …}, "retain": …}</c>; a set that was not given is left out.</summary>
    /// <param name="withRows">Whether every row is listed too.</param>
    public JsonObject ToJson(bool withRows = false)
    {
        JsonObject json = [];
        if (Forget is not null)
        {
            json["forget"] = Forget.ToJson(withRows);
        }

        if (Retain is not null)
        {
            json["retain"] = Retain.ToJson(withRows);
        }

        return json;
    }
}
