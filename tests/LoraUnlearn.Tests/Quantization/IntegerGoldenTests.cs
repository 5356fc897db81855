using LoraUnlearn.Errors;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>GPTQ's and AWQ's layouts, entry by entry, from words made by hand.</summary>
public sealed class IntegerGoldenTests
{
    private static StoredTensors Gptq(uint zeros) => new StoredTensors()
        .Words("m.qweight", [0x76543210, 0xFEDCBA98, 0, 0, 0, 0, 0, 0x11111111], 1, 8) // rows 0 to 7 of a column, from the lowest bits on
        .Words("m.qzeros", [zeros, 0x77777777], 2, 1)
        .Numbers("m.scales", [0.5f, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 1, 1, 1, 1, 8], 2, 8)
        .Words("m.g_idx", [0, 1, 0, 1, 0, 1, 0, 1], 8);

    [Theory]
    [InlineData("gptq", 1, 8)] // the first version stores a zero point less one
    [InlineData("gptq_v2", 0, 7)]
    public void GptqEntriesAreScaledDistancesFromTheZeroPoint(string version, int zero, int otherZero)
    {
        float[] weight = Gptq(0).Dequantise($$"""{"quant_method":"gptq","bits":4,"group_size":4,"desc_act":true,"checkpoint_format":"{{version}}"}""", 8, 8);
        for (int input = 0; input < 8; input++)
        {
            bool first = input % 2 == 0; // as g_idx says
            Assert.Equal((first ? 0.5f : 4) * (input - (first ? zero : otherZero)), weight[input]);
            Assert.Equal(8 + input - (first ? zero : otherZero), weight[8 + input]);
            Assert.Equal((first ? 2f : 8) * (1 - (first ? zero : otherZero)), weight[56 + input]);
        }
    }

    [Fact]
    public void GptqsZeroPointComesRoundTo0()
    {
        // Zero point 0 less one is 15 in four bits.
        float[] weight = Gptq(0xF).Dequantise("""{"quant_method":"gptq","bits":4,"group_size":4}""", 8, 8);
        Assert.Equal(0.5f * 6, weight[6]);
    }

    [Fact]
    public void GptqOfEightBitsHasFourEntriesInAWord()
    {
        StoredTensors stored = new StoredTensors()
            .Words("m.qweight", [0x80FF0100, 0, 0, 0x05040302], 1, 4)
            .Words("m.qzeros", [0x7F7F7F7F], 1, 1)
            .Numbers("m.scales", [1, 1, 1, 0.5f], 1, 4);
        float[] weight = stored.Dequantise("""{"quant_method":"gptq","bits":8,"group_size":-1}""", 4, 4);
        Assert.Equal([-128, -127, 127, 0], weight[..4]);
        Assert.Equal([-63, -62.5f, -62, -61.5f], weight[12..]);
    }

    [Fact]
    public void AwqsWordsHoldEvenColumnsFirst()
    {
        StoredTensors stored = new StoredTensors()
            .Words("m.qweight", [0x76543210, 0xFFFFFFFF], 2, 1)
            .Words("m.qzeros", [0x00000000, 0x76543210], 2, 1)
            .Numbers("m.scales", [1, 1, 1, 1, 1, 1, 1, 3, 2, 2, 2, 2, 2, 2, 2, 2], 2, 8);
        float[] weight = stored.Dequantise("""{"quant_method":"awq","bits":4,"group_size":1,"zero_point":true,"version":"gemm"}""", 8, 2);
        // Place p of a word is column 0, 2, 4, 6, 1, 3, 5, 7.
        Assert.Equal([0, 4, 1, 5, 2, 6, 3, 21], Enumerable.Range(0, 8).Select(output => weight[output * 2]));
        Assert.Equal([30, 22, 28, 20, 26, 18, 24, 16], Enumerable.Range(0, 8).Select(output => weight[(output * 2) + 1]));
    }

    [Theory]
    [InlineData("""{"quant_method":"gptq","bits":3,"group_size":4}""", "3 bits")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":0}""", "group size 0")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":4,"checkpoint_format":"marlin"}""", "marlin")]
    [InlineData("""{"quant_method":"gptq","group_size":4}""", "bits")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":4,"version":"gemv"}""", "gemv")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":4,"zero_point":false}""", "zero_point")]
    [InlineData("""{"quant_method":"hqq","bits":4}""", "hqq")]
    [InlineData("""{"bits":4}""", "quant_method|bitsandbytes")]
    [InlineData("""{"quant_method":"bitsandbytes","load_in_4bit":true,"load_in_8bit":true}""", "neither or both")]
    [InlineData("""{"quant_method":"bitsandbytes","load_in_4bit":true,"bnb_4bit_quant_type":"af4"}""", "af4")]
    [InlineData("""{"quant_method":"bitsandbytes","load_in_4bit":true,"bnb_4bit_quant_storage":"bfloat16"}""", "bnb_4bit_quant_storage")]
    public void WhatIsNotKnownIsRefused(string config, string expected)
    {
        string message = Assert.Throws<InputException>(() => StoredTensors.Config(config)).Message;
        Assert.Contains(expected.Split('|'), part => message.Contains(part, StringComparison.Ordinal));
        Assert.Contains("config.json", message);
    }

    [Fact]
    public void PartsThatDoNotFitAreNamed()
    {
        const string Config = """{"quant_method":"gptq","bits":4,"group_size":4}""";
        Assert.Contains("m.g_idx", Assert.Throws<InputException>(() => Gptq(0).Words("m.g_idx", [0, 1, 0, 1, 0, 1, 0, 2], 8).Find(Config, 8, 8)).Message);
        Assert.Contains("m.g_idx", Assert.Throws<InputException>(() => Gptq(0).Words("m.g_idx", [0, 1, 0, 1, 0, 1, 0, 0xFFFFFFFF], 8).Find(Config, 8, 8)).Message);
        Assert.Contains("m.scales", Assert.Throws<InputException>(() => Gptq(0).Numbers("m.scales", [1, 2], 1, 2).Find(Config, 8, 8)).Message);
        Assert.Contains("m.qzeros", Assert.Throws<InputException>(() => Gptq(0).Without("m.qzeros").Find(Config, 8, 8)).Message);
        Assert.Contains("m.qweight", Assert.Throws<InputException>(() => Gptq(0).Find(Config, 16, 8)).Message);
        Assert.Contains("divide", Assert.Throws<InputException>(() => Gptq(0).Find(Config, 7, 8)).Message);
    }
}
