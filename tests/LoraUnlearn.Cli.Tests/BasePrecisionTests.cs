using System.Text.Json.Nodes;

namespace LoraUnlearn.Cli.Tests;

/// <summary>How the base is held, where options contradict each other, and what quantised folders refuse.</summary>
public sealed class BasePrecisionTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("bf16", "float32")]
    [InlineData("float32", "bfloat16")]
    public void ATypeThatContradictsThePrecisionIsRefused(string precision, string dtype) =>
        Refused(Score("--base-precision", precision, "--dtype", dtype), "--base-precision " + precision, dtype);

    [Fact]
    public void ScoresOfAFolderAreThoseOfQuantisingWhileLoading()
    {
        Assert.Equal(0, ToolRun.Of("quantize", "--model", DemoMaterial.Model, "--out", _demo.In("nf4")).ExitCode);
        ToolRun loading = Score("--base-precision", "nf4"), folder = Score(_demo.In("nf4")), plain = Score();
        Assert.Equal(0, folder.ExitCode);
        Assert.Equal(loading.Out, folder.Out);
        Assert.NotEqual(plain.Out, folder.Out);
        Refused(Score(_demo.In("nf4"), "--base-precision", "nf4"), "quantised already");
        Refused(ToolRun.Of("quantize", "--model", _demo.In("nf4"), "--out", _demo.In("again")), "quantised already");
    }

    [Fact]
    public void QuantisingAgainAsksForTheMeasure()
    {
        string adapter = _demo.CopyAdapter();
        Refused(ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--out", _demo.In("out"), "--requantize", "nf4", "--forget", _demo.Forget), "lora-unlearn quantize");
        Assert.Equal(0, ToolRun.Of("quantize", "--model", DemoMaterial.Model, "--precision", "int8", "--out", _demo.In("int8")).ExitCode);
        Refused(ToolRun.Of("merge", "--model", _demo.In("int8"), "--adapter", adapter, "--out", _demo.In("out"), "--requantize", "nf4"), "--forget");
        Refused(ToolRun.Of("merge", "--model", _demo.In("int8"), "--adapter", adapter, "--out", _demo.In("out"), "--rounding", "stochastic"), "--rounding stochastic");
    }

    [Fact]
    public void LoftqWithoutQuantisingIsRefusedBeforeAnythingIsRead() =>
        Refused(ToolRun.Of("unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain-loss", "none", "--out", _demo.In("out"), "--init", "loftq"), "--base-precision");

    [Theory]
    [InlineData("hqq")]
    [InlineData("compressed-tensors")]
    public void AnUnknownMethodIsRefused(string method)
    {
        string model = _demo.CopyModel(), path = Path.Combine(model, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["quantization_config"] = new JsonObject { ["quant_method"] = method };
        File.WriteAllText(path, config.ToJsonString());
        Refused(Score(model), method, "bitsandbytes, gptq and awq");
    }

    private ToolRun Score(params string[] arguments)
    {
        bool names = arguments.Length > 0 && !arguments[0].StartsWith('-');
        return ToolRun.Of(["score", "--model", names ? arguments[0] : DemoMaterial.Model, "--data", _demo.Forget, "--max-rows", "2", .. arguments[(names ? 1 : 0)..]]);
    }

    private static void Refused(ToolRun run, params string[] expected)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.All(expected, part => Assert.Contains(part, run.Error));
    }
}
