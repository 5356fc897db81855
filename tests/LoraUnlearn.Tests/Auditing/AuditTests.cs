using LoraUnlearn.Auditing;
using LoraUnlearn.Data;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Tests.Auditing;

/// <summary>The whole audit: its document, its verdict, what it refuses, what it leaves.</summary>
[Collection(RunsAlone.Name)]
public class AuditTests
{
    [Fact]
    public void TheDocumentHasEveryAttackAndNoForgottenText()
    {
        using DemoAudit demo = new(withReference: true);
        Audit audit = Audit.Run(demo.Case, Audit.Attacks);
        Assert.Empty(audit.Skipped);
        Assert.Equal(Audit.Attacks.Select(attack => attack.Name), audit.Results.Select(result => result.Name));
        Assert.All(audit.Results, result =>
        {
            Assert.NotNull(result.Baseline);
            Assert.All(result.Curves, curve => Assert.True(curve.X.Count == curve.Y.Count && curve.Y.All(y => y is >= 0 and <= 1), $"{result.Name}: {curve.Name}"));
            Assert.EndsWith(".", result.Tried, StringComparison.Ordinal);
            Assert.EndsWith(".", result.CameBack, StringComparison.Ordinal);
        });
        string document = audit.ToJson("model", "adapter", "reference", withText: false).ToJsonString();
        Assert.StartsWith("{\"format\":\"lora-unlearn-audit/1\"", document, StringComparison.Ordinal);
        foreach (Example row in demo.Forget)
        {
            Assert.DoesNotContain(row.Row.Answer!.TrimEnd('.')[^8..], document, StringComparison.Ordinal);
        }

        Assert.Contains(demo.Forget, row => audit.ToJson("model", "adapter", "reference", withText: true).ToJsonString().Contains(row.Row.Answer!, StringComparison.Ordinal));
        Assert.Equal(audit.Standing.Base, audit.Standing.Reference!.Value, 1e-9); // the reference here is the base itself
        Assert.DoesNotContain(audit.Verdict, sentence => sentence.Contains("gone", StringComparison.Ordinal) || sentence.Contains("erased", StringComparison.Ordinal));
        Assert.Contains("not that nothing is left", audit.Verdict[^1], StringComparison.Ordinal);
        Assert.Contains(audit.Verdict, sentence => sentence.Contains("beyond what the retain-only model gives", StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutAReferenceTheVerdictSaysWhatIsNotKnown()
    {
        using DemoAudit demo = new();
        Audit audit = Audit.Run(demo.Case, Audit.Named(["scale", "cloze"]));
        Assert.Equal(["cloze", "scale"], audit.Results.Select(result => result.Name));
        Assert.Contains(audit.Verdict, sentence => sentence.Contains("No retain-only model was given", StringComparison.Ordinal) && sentence.Contains("under cloze", StringComparison.Ordinal));
        Assert.Contains(audit.Verdict, sentence => sentence.StartsWith("Of these, scale needs the adapter", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatCannotBeTriedIsRefusedOrSaid()
    {
        Assert.Contains("Did you mean", Assert.Throws<InputException>(() => Audit.Named(["relern"])).Message, StringComparison.OrdinalIgnoreCase);
        using DemoAudit demo = new(rows: 1);
        Assert.Contains("only one row", Assert.Throws<InputException>(() => Audit.Run(demo.Case, Audit.Named(["relearn"]))).Message, StringComparison.Ordinal);
        Audit partly = Audit.Run(demo.Case, Audit.Named(["relearn", "lens"]));
        Assert.Equal("relearn", Assert.Single(partly.Skipped).Name);
        Assert.Contains("vocabulary", Assert.Throws<InputException>(() => new DemoAudit(reference: FixtureModel.FolderOf("llama-gqa"))).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => new AuditOptions { RelearningRate = 0 }.Validate());
        Assert.Throws<InputException>(() => new AuditOptions { Samples = 0 }.Validate());
    }

    [Fact]
    public void AnAuditLeavesNoTensorsBehind()
    {
        using DemoAudit demo = new(new AuditOptions { RelearningSteps = 1, Samples = 1 }, withReference: true, rows: 2);
        LeftBehind.AssertNothing(() => Audit.Run(demo.Case, Audit.Attacks), repetitions: 1);
    }
}
