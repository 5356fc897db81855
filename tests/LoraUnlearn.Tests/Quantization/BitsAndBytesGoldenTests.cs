using LoraUnlearn.Errors;
using LoraUnlearn.Quantization;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>bitsandbytes' layouts, entry by entry, from bytes made by hand.</summary>
public sealed class BitsAndBytesGoldenTests
{
    private const string FourBit = """{"quant_method":"bitsandbytes","load_in_4bit":true,"bnb_4bit_quant_type":"nf4"}""";
    private const string EightBit = """{"quant_method":"bitsandbytes","load_in_8bit":true}""";

    // bitsandbytes/functional.py, get_4bit_type("nf4") and ("fp4").
    private static readonly float[] Nf4 =
    [
        -1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1,
    ];

    private static readonly float[] Fp4 = [0, 0.005208333333f, 0.6666667f, 1, 0.3333333f, 0.5f, 0.1666667f, 0.25f, -0f, -0.005208333333f, -0.6666667f, -1, -0.3333333f, -0.5f, -0.1666667f, -0.25f];

    // 3 x 7 = 21 entries in blocks of 16: the second block begins in the third row, and the last half byte is not used.
    private static StoredTensors Odd(float[] code, string name = "nf4") => new StoredTensors()
        .Bytes("m.weight", 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xB7)
        .Numbers("m.weight.absmax", [2, 0.5f])
        .Numbers("m.weight.quant_map", code)
        .State("m", $$"""{"quant_type": "{{name}}", "blocksize": 16, "dtype": "bfloat16", "shape": [3, 7]}""", name);

    [Fact]
    public void Nf4EntriesAreCodesTimesTheirBlocksScale()
    {
        float[] expected =
        [
            -2, -1.3923856f, -1.0501461f, -0.789835f, -0.56888276f, -0.36954686f, -0.18210007f,
            0, 0.1591606f, 0.3218604f, 0.4922246f, 0.6758305f, 0.88141966f, 1.125234f,
            1.4459137f, 2, 0.5f, 0.36147842f, 0.2813085f, 0.22035491f, 0.16895762f,
        ];
        Closeness.AssertClose(expected, Odd(Nf4).Dequantise(FourBit, 3, 7), 1e-7, "NF4");
    }

    [Fact]
    public void Fp4TakesItsCodesFromTheFile()
    {
        float[] expected =
        [
            0, 0.010416667f, 1.3333334f, 2, 0.6666667f, 1, 0.3333333f,
            0.5f, 0, -0.010416667f, -1.3333334f, -2, -0.6666667f, -1,
            -0.3333333f, -0.5f, -0.125f, -0.08333333f, -0.25f, -0.16666667f, -0.5f,
        ];
        Closeness.AssertClose(expected, Odd(Fp4, "fp4").Dequantise(FourBit, 3, 7), 1e-7, "FP4");
    }

    [Fact]
    public void NestedScalesAreMapTimesScalePlusOffset()
    {
        float[] map = new float[256];
        (map[0], map[200], map[255]) = (-1, 0.5f, 1);
        StoredTensors stored = new StoredTensors()
            .Bytes("m.weight", [.. Enumerable.Repeat((byte)0xF0, 24)]) // 1, −1, 1, −1, …
            .Bytes("m.weight.absmax", 0, 255, 200)
            .Numbers("m.weight.quant_map", Nf4)
            .Numbers("m.weight.nested_quant_map", map)
            .Numbers("m.weight.nested_absmax", [0.25f, 3])
            .State("m", """{"quant_type": "nf4", "blocksize": 16, "dtype": "float16", "shape": [3, 16], "nested_blocksize": 2, "nested_dtype": "float32", "nested_offset": 0.75}""");
        float[] weight = stored.Dequantise(FourBit, 3, 16);
        // −1·0.25 + 0.75, 1·0.25 + 0.75, 0.5·3 + 0.75
        Assert.Equal([0.5f, -0.5f, 1f, -1f, 2.25f, -2.25f], new[] { weight[0], weight[15], weight[16], weight[17], weight[46], weight[47] });
    }

    [Fact]
    public void TheTwoHundredAndFiftySeventhBlockHasTheSecondNestedScale()
    {
        float[] map = new float[256];
        map[255] = 1;
        StoredTensors stored = new StoredTensors()
            .Bytes("m.weight", [.. Enumerable.Repeat((byte)0xFF, 257 * 8)])
            .Bytes("m.weight.absmax", [.. Enumerable.Repeat((byte)255, 257)])
            .Numbers("m.weight.quant_map", Nf4)
            .Numbers("m.weight.nested_quant_map", map)
            .Numbers("m.weight.nested_absmax", [1, 7])
            .State("m", """{"quant_type": "nf4", "blocksize": 16, "dtype": "float16", "shape": [257, 16], "nested_blocksize": 256, "nested_offset": 0.5}""");
        float[] weight = stored.Dequantise(FourBit, 257, 16);
        Assert.Equal(1.5f, weight[(256 * 16) - 1]);
        Assert.Equal(7.5f, weight[256 * 16]);
    }

    [Fact]
    public void Int8EntriesAreSharesOfTheirRowsScale()
    {
        StoredTensors stored = new StoredTensors()
            .Add("m.weight", () => tensor(new sbyte[] { 127, -127, 0, 64, 1, -2 }, [2, 3], ScalarType.Int8))
            .Numbers("m.SCB", [0.5f, 254])
            .Add("m.weight_format", () => tensor(0, ScalarType.Byte));
        Closeness.AssertClose([0.5f, -0.5f, 0, 128, 2, -4], stored.Dequantise(EightBit, 2, 3), 1e-7, "int8");
    }

    [Fact]
    public void AModuleThatIsNotQuantisedIsLeftAlone() =>
        Assert.Null(new StoredTensors().Numbers("m.weight", [1, 2, 3, 4], 2, 2).Find(FourBit, 2, 2));

    [Theory]
    [InlineData("""{"quant_type":"nf4","blocksize":0,"shape":[3,7]}""", "blocksize")]
    [InlineData("""{"quant_type":"nf4","blocksize":-64,"shape":[3,7]}""", "blocksize")]
    [InlineData("""{"quant_type":"nf4","blocksize":48,"shape":[3,7]}""", "power of two")]
    [InlineData("""{"quant_type":"nf4","blocksize":1099511627776,"shape":[3,7]}""", "blocksize")]
    [InlineData("""{"quant_type":"nf4","blocksize":16,"shape":[7,3]}""", "[7,3]")]
    [InlineData("""{"quant_type":"nf4","blocksize":16,"shape":[9223372036854775807,9223372036854775807]}""", "config.json asks for [3,7]")]
    [InlineData("""{"quant_type":"fp4","blocksize":16,"shape":[3,7]}""", "damaged")]
    [InlineData("""{"quant_type":"nf4","blocksize":16,"shape":[3,7],"nested_blocksize":256,"nested_offset":1e300}""", "damaged")]
    [InlineData("""{"quant_type":"nf4","blocksize":16,"shape":[3,7],"nested_blocksize":256}""", "nested_offset")]
    [InlineData("""{"quant_type":"nf4","blocksize":32,"shape":[3,7]}""", "absmax")]
    [InlineData("""[]""", "expected a JSON object")]
    [InlineData("""{"quant""", "not valid JSON")]
    public void AStateThatDoesNotFitIsRefused(string json, string expected)
    {
        InputException error = Assert.Throws<InputException>(() => Odd(Nf4).State("m", json).Find(FourBit, 3, 7));
        Assert.Contains(expected, error.Message);
        Assert.Contains("m.weight", error.Message);
    }

    [Fact]
    public void MissingAndMisshapenPartsAreNamed()
    {
        Assert.Contains("m.weight.absmax", Assert.Throws<InputException>(() => Odd(Nf4).Without("m.weight.absmax").Find(FourBit, 3, 7)).Message);
        Assert.Contains("m.weight.quant_map", Assert.Throws<InputException>(() => Odd(Nf4[..15]).Find(FourBit, 3, 7)).Message);
        Assert.Contains("m.weight'", Assert.Throws<InputException>(() => Odd(Nf4).Bytes("m.weight", 1, 2).Find(FourBit, 3, 7)).Message);
        StoredTensors tiled = new StoredTensors().Add("m.weight", () => zeros([2, 3], ScalarType.Int8)).Numbers("m.SCB", [1, 1]).Bytes("m.weight_format", 2);
        Assert.Contains("m.weight_format", Assert.Throws<InputException>(() => tiled.Find(EightBit, 2, 3)).Message);
    }
}
