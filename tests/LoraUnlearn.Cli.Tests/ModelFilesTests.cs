using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraUnlearn.Cli.Tests;

/// <summary>What a model folder says of itself beside its weights, as the verbs take it (issue 12, items 2 to 4 and 7).</summary>
public sealed class ModelFilesTests : IDisposable
{
    private readonly DemoMaterial _demo = new();
    private readonly string _model;

    public ModelFilesTests() => _model = _demo.CopyModel();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void ADisagreementIsWarnedOfWithBothValues()
    {
        Change("config.json", config => config["eos_token_id"] = 1);
        ToolRun run = Score();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("says 0 (<|endoftext|>)", run.Error);
        Assert.Contains("says 1 (<|pad|>); rows get the first, as in transformers.", run.Error);
    }

    [Fact]
    public void AnUnknownChatTemplateIsSaidAloud()
    {
        File.WriteAllText(Path.Combine(_model, "chat_template.jinja"), "{{ messages }}");
        Assert.Contains("template plain (the model's chat template is none of the known ones; give --template to say which is right)", Score().Error);
    }

    [Fact]
    public void AKnownChatTemplateIsTaken()
    {
        File.WriteAllText(Path.Combine(_model, "chat_template.jinja"), "{% for message in messages %}{{ '[INST]' + message['content'] + '[/INST]' }}{% endfor %}");
        Assert.Contains("template mistral (from the model's chat template)", Score().Error);
        ToolRun rows = ToolRun.Of("tokenize", "--model", _model, "--data", _demo.Forget, "--rows", "1", "--json");
        string text = string.Concat(DemoMaterial.Json(rows)[0].GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        Assert.Equal("[INST]Where was Alba Alderholm born?[/INST]Alba Alderholm was born in Saint Harlow.<|endoftext|>", text);
    }

    // The template's markers must be the tokenizer's, also where the model's own files ask for them.
    [Fact]
    public void AChatTemplateThatTheTokenizerCannotSpellIsRefused()
    {
        File.WriteAllText(Path.Combine(_model, "chat_template.jinja"), "{{ '<|im_start|>user\\n' + content + '<|im_end|>\\n' }}");
        ToolRun run = Score();
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("<|im_start|>", run.Error);
        Assert.Contains("Templates that fit this tokenizer: plain,", run.Error);
        Assert.Equal(0, Score("--template", "plain").ExitCode);
    }

    [Fact]
    public void AnUnknownKeyIsNamedWithTheOptionThatLeavesItOut()
    {
        Change("config.json", config => config["strange_switch"] = true);
        ToolRun refused = Score();
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--ignore-config-key strange_switch", refused.Error);
        Assert.Equal(0, Score("--ignore-config-key", "strange_switch").ExitCode);
    }

    [Fact]
    public void KeysWithoutEffectAreListedInDetail()
    {
        Change("config.json", config =>
        {
            config["use_parallel_residual"] = false;
            config["transformers_version"] = "5.0.0";
        });
        Assert.DoesNotContain("without effect", Score().Error);
        string line = Score("--verbose").Error.Split('\n').Single(text => text.Contains("without effect on the computation: ", StringComparison.Ordinal));
        Assert.Contains("transformers_version", line);
        Assert.Contains("use_parallel_residual", line);
        Assert.DoesNotContain("hidden_size", line);
    }

    private ToolRun Score(params string[] more) => ToolRun.Of(["score", "--model", _model, "--data", _demo.Forget, "--max-rows", "1", .. more]);

    private void Change(string name, Action<JsonObject> change)
    {
        string path = Path.Combine(_model, name);
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
