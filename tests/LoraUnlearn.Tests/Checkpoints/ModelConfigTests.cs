using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class ModelConfigTests
{
    private static readonly ModelConfig Config = ModelConfig.Parse(
        """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64, "theta": 1e4, "heads": 8.0, "half": 0.5,
         "tied": true, "nothing": null, "zero": 0, "huge": 1e999, "ids": [1, 2], "mixed": [1, "a"],
         "rope_scaling": {"factor": 8.0, "rope_type": "llama3", "bad": "x"}}
        """,
        "config.json");

    [Fact]
    public void ValuesAreRead()
    {
        Assert.Equal("config.json", Config.Source);
        Assert.Equal("llama", Config.ModelType);
        Assert.Equal(["LlamaForCausalLM"], Config.Architectures);
        Assert.Equal(64, Config.GetInt64("hidden_size"));
        Assert.Equal(10000, Config.GetInt64("theta"));
        Assert.Equal(8, Config.GetPositiveInt64("heads"));
        Assert.Equal(0.5, Config.GetDouble("half"));
        Assert.Equal(64.0, Config.GetDouble("hidden_size"));
        Assert.True(Config.GetBoolean("tied"));
        Assert.Equal([1, 2], Config.GetInt64Array("ids"));
        Assert.Equal([1.0, 2.0], Config.GetDoubleArray("ids"));
        Assert.Equal(8.0, Config.GetObject("rope_scaling")!.GetDouble("factor"));
        Assert.Equal("llama3", Config.GetObject("rope_scaling")!.GetString("rope_type"));
        Assert.Equal(["model_type", "architectures", "hidden_size"], Config.Keys.Take(3));
        Assert.Equal("1e4", Config.Raw("theta").GetRawText());
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("absent")]
    public void NullAndAbsentGiveTheDefault(string key)
    {
        Assert.False(Config.Has(key));
        Assert.Null(Config.GetObject(key));
        Assert.Equal(3, Config.GetInt64(key, 3));
        Assert.Equal(4, Config.GetPositiveInt64(key, 4));
        Assert.Equal(0.1, Config.GetDouble(key, 0.1));
        Assert.True(Config.GetBoolean(key, true));
        Assert.Equal("silu", Config.GetString(key, "silu"));
        AssertError($"config.json: '{key}' is missing; expected an integer.", () => Config.GetInt64(key));
        AssertError($"config.json: '{key}' is missing; expected a list of strings.", () => Config.GetStringArray(key));
    }

    [Fact]
    public void AWrongValueIsNamedEvenWhereThereIsADefault()
    {
        AssertError("config.json: 'half': found the number 0.5, expected an integer.", () => Config.GetInt64("half", 1));
        AssertError("config.json: 'zero': found the number 0, expected a positive integer.", () => Config.GetPositiveInt64("zero"));
        AssertError("config.json: 'huge': found the number 1e999, expected a finite number.", () => Config.GetDouble("huge"));
        AssertError("config.json: 'huge': found the number 1e999, expected an integer.", () => Config.GetInt64("huge"));
        AssertError("config.json: 'model_type': found the string \"llama\", expected true or false.", () => Config.GetBoolean("model_type", true));
        AssertError("config.json: 'tied': found true, expected a string.", () => Config.GetString("tied"));
        AssertError("config.json: 'ids': found an array of 2, expected an object.", () => Config.GetObject("ids"));
        AssertError("config.json: 'mixed[1]': found the string \"a\", expected an integer.", () => Config.GetInt64Array("mixed"));
        AssertError("config.json: 'tied': found true, expected a list of integers.", () => Config.GetInt64Array("tied"));
    }

    [Fact]
    public void AnErrorInsideAnObjectNamesTheWholeKey()
    {
        ModelConfig scaling = Config.GetObject("rope_scaling")!;
        AssertError("config.json: 'rope_scaling.bad': found the string \"x\", expected a finite number.", () => scaling.GetDouble("bad"));
        AssertError("config.json: 'rope_scaling.low' is missing; expected a number.", () => scaling.GetDouble("low"));
        Assert.Equal("config.json: 'rope_scaling.factor': found the number 8.0, expected 4.", scaling.Wrong("factor", "4").Message);
    }

    private static void AssertError(string expected, Func<object?> action) =>
        Assert.Equal(expected, Assert.Throws<InputException>(action).Message);
}
