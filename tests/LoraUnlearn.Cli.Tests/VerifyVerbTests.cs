using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>verify: what a manifest says is checked against the adapter, the model, the rows, a key, and by measuring again.</summary>
public sealed class VerifyVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void SignedManifestHoldsUntilSomethingChanges()
    {
        (string key, string publicKey) = Keys("key");
        (_, string otherPublic) = Keys("other");
        string adapter = _demo.In("adapter"), manifest = Path.Combine(adapter, "unlearn_manifest.json"), tensors = Path.Combine(adapter, "adapter_model.safetensors");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(adapter, 2, "--sign", key)).ExitCode);
        string[] verify = ["verify", "--adapter", adapter, "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--key", publicKey, "--json"];

        JsonElement right = DemoMaterial.Json(ToolRun.Of(verify));
        Assert.True(right.GetProperty("verified").GetBoolean());
        Assert.Equal(
            ["signature", "adapter", "configuration", "base model", "forget rows", "retain rows", "forget probability before", "retain probability before", "forget probability after", "retain probability after"],
            right.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("name").GetString()));
        Assert.All(right.GetProperty("findings").EnumerateArray(), finding => Assert.Equal("ok", finding.GetProperty("state").GetString()));

        // Everything but the signature and the measures is checked without the key and the time of measuring.
        string[] digests = ["verify", "--adapter", adapter, "--model", DemoMaterial.Model, "--forget", _demo.Retain, "--no-measure"];
        Differs(ToolRun.Of(digests), "forget rows");
        Differs(ToolRun.Of([.. verify[..^2], otherPublic]), "signature");

        string text = File.ReadAllText(manifest);
        JsonNode changed = JsonNode.Parse(text)!;
        changed["after"]!["forget"]!["probability"] = 0.01;
        changed["configuration"]!["rank"] = 5;
        File.WriteAllText(manifest, changed.ToJsonString());
        Differs(ToolRun.Of(verify), "signature, configuration, forget probability after");

        File.WriteAllText(manifest, text);
        byte[] bytes = File.ReadAllBytes(tensors);
        bytes[^1] ^= 1;
        File.WriteAllBytes(tensors, bytes);
        Differs(ToolRun.Of(verify), "adapter");
    }

    [Fact]
    public void ExportIsSigned()
    {
        (string key, string publicKey) = Keys("key");
        string lower = _demo.In("lower");
        string[] export = ["export", "--adapter", _demo.CopyAdapter(), "--rank", "2", "--no-measure", "--sign", key, "--out"];
        Assert.Equal(0, ToolRun.Of([.. export, lower]).ExitCode);

        JsonElement right = DemoMaterial.Json(ToolRun.Of("verify", "--adapter", lower, "--key", publicKey, "--no-measure", "--json"));

        Assert.Equal(["signature", "adapter"], right.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("state").GetString() == "ok").Select(finding => finding.GetProperty("name").GetString()).Take(2));
        ToolRun gguf = ToolRun.Of([.. export, _demo.In("gguf"), "--format", "gguf", "--model", DemoMaterial.Model]);
        Assert.Equal(2, gguf.ExitCode);
        Assert.Contains("--sign signs a manifest", gguf.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsWrittenAnewAtALowerRankIsVerifiedAsItIs()
    {
        string lower = _demo.In("lower");
        string[] data = ["--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain];
        Assert.Equal(0, ToolRun.Of(["export", "--adapter", _demo.TrainAdapter(), "--rank", "1", "--out", lower, .. data]).ExitCode);

        JsonElement right = DemoMaterial.Json(ToolRun.Of(["verify", "--adapter", lower, "--json", .. data]));

        Assert.True(right.GetProperty("verified").GetBoolean(), right.ToString());
        Assert.Contains("forget probability after", right.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("state").GetString() == "ok").Select(finding => finding.GetProperty("name").GetString()));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(lower, "unlearn_manifest.json")));
        Assert.NotEqual(manifest.RootElement.GetProperty("trained").GetProperty("forget").ToString(), manifest.RootElement.GetProperty("after").GetProperty("forget").ToString());
    }

    [Fact]
    public void WhatAnOlderManifestDoesNotSayIsNotCounted()
    {
        ToolRun run = ToolRun.Of("verify", "--adapter", _demo.CopyAdapter(), "--model", DemoMaterial.Model, "--no-measure");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("not recorded", run.Out, StringComparison.Ordinal);
        Assert.Contains("statements were checked, and hold", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void KeysOfAnotherKindAreRefusedBeforeTheWork()
    {
        (_, string publicKey) = Keys("key");
        string noKey = _demo.Write("no.pem", "-----BEGIN NOTHING-----\n-----END NOTHING-----\n");
        foreach (string path in new[] { publicKey, noKey })
        {
            ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 2, "--sign", path));
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("found no private key on an elliptic curve", run.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_demo.In("out")));
        }
    }

    [Fact]
    public void ManifestsFollowThePublishedSchema()
    {
        JsonSchema schema = JsonSchema.FromText(File.ReadAllText(Path.Combine(Repository.Root, "adapters", "unlearn_manifest.schema.json")));
        string trained = _demo.TrainAdapter(), composed = _demo.In("composed");
        Assert.Equal(0, ToolRun.Of("compose", "--adapter", trained, "--adapter", trained + ":-0.5", "--rank", "2", "--out", composed).ExitCode);
        string learned = _demo.In("learned");
        Assert.Equal(0, ToolRun.Of("finetune", "--model", DemoMaterial.Model, "--data", _demo.Retain, "--out", learned, "--steps", "1", "--rank", "2", "--quiet").ExitCode);
        string[] folders = [trained, composed, learned, .. Directory.GetDirectories(Path.Combine(Repository.Root, "adapters"))];
        foreach (string folder in folders)
        {
            JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "unlearn_manifest.json")))!;
            Assert.True(Follows(schema, manifest, out string faults), $"{folder}: {faults}");
        }

        JsonNode secret = JsonNode.Parse(File.ReadAllText(Path.Combine(trained, "unlearn_manifest.json")))!;
        secret["text"] = "what was forgotten";
        Assert.False(Follows(schema, secret, out _));
        JsonNode short_ = JsonNode.Parse(File.ReadAllText(Path.Combine(composed, "unlearn_manifest.json")))!;
        short_["configuration"]!.AsObject().Remove("parts");
        Assert.False(Follows(schema, short_, out _));
    }

    private static bool Follows(JsonSchema schema, JsonNode manifest, out string faults)
    {
        EvaluationResults results = schema.Evaluate(JsonSerializer.SerializeToElement(manifest), new EvaluationOptions { OutputFormat = OutputFormat.List });
        faults = string.Join("; ", (results.Details ?? []).Where(detail => detail.Errors is not null).Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}"));
        return results.IsValid;
    }

    private static void Differs(ToolRun run, string what)
    {
        Assert.True(run.ExitCode == 1, run.Error);
        Assert.Contains($"the manifest is not borne out: {what}.", run.Error, StringComparison.Ordinal);
    }

    private (string Private, string Public) Keys(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (_demo.Write(name + ".pem", key.ExportECPrivateKeyPem()), _demo.Write(name + "-public.pem", key.ExportSubjectPublicKeyInfoPem()));
    }
}
