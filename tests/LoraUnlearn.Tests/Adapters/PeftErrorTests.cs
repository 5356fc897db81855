using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class PeftErrorTests : IDisposable
{
    private const string Plain = """{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":["q_proj"]}""";
    private const string Module = "base_model.model.model.layers.0.self_attn.q_proj";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"r":4}""", "'peft_type' is missing")]
    [InlineData("""{"peft_type":"LOHA","r":4,"lora_alpha":8}""", "'peft_type': found the string \"LOHA\", expected \"LORA\"")]
    [InlineData("""{"peft_type":"LORA","lora_alpha":8}""", "'r' is missing")]
    [InlineData("""{"peft_type":"LORA","r":0,"lora_alpha":8}""", "'r': found the number 0, expected a positive integer")]
    [InlineData("""{"peft_type":"LORA","r":123456789012,"lora_alpha":8}""", "'r': found the number 123456789012, expected a rank of at most")]
    [InlineData("""{"peft_type":"LORA","r":4}""", "'lora_alpha' is missing")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"bias":"all"}""", "'bias': found the string \"all\", expected \"none\"")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"use_dora":true}""", "'use_dora': found true, expected nothing (null, false or empty): DoRA")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"modules_to_save":["lm_head"]}""", "'modules_to_save': found an array of 1")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"layer_replication":[[0,2],[1,3]]}""", "'layer_replication': found an array of 2")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"trainable_token_indices":{"embed_tokens":[1]}}""", "'trainable_token_indices': found an object")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"init_lora_weights":"pissa_niter_4"}""", "'init_lora_weights': found the string \"pissa_niter_4\"")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"rank_pattern":{"q_proj":"x"}}""", "'rank_pattern.q_proj': found the string \"x\"")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"rank_pattern":{"(q":4}}""", "'rank_pattern': found '(q', expected a module name or a regular expression")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":"(q_proj"}""", "'target_modules': found '(q_proj', expected a module name or a regular expression")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":"(?=m)((.*)*)*\\d!"}""", "takes too long to match")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":".*q_proj","layers_to_transform":[0]}""", "'layers_to_transform': found an array of 1")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"arrow_config":{"top_k":2}}""", "'arrow_config': found an object")]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":7}""", "'target_modules': found the number 7, expected a string")]
    public void AConfigurationThatMeansSomethingElseIsRefused(string config, string message)
    {
        WriteTensors((Module + ".lora_A.weight", [4, 32]), (Module + ".lora_B.weight", [32, 4]));
        Expect(config, "adapter_config.json", message);
    }

    [Theory]
    [InlineData(".lora_A.weight", "4,32", null, null, "has an A and no B; the file is incomplete")]
    [InlineData(".lora_B.weight", "32,4", null, null, "has a B and no A; the file is incomplete")]
    [InlineData(".lora_A.weight", "3,32", ".lora_B.weight", "32,4", "has shape [3,32];")]
    [InlineData(".lora_A.weight", "4,32", ".lora_B.weight", "4,32", "has shape [4,32];")]
    [InlineData(".lora_A.weight", "4,32", ".lora_A.default.weight", "4,32", "are the same factor of")]
    [InlineData(".lora_A.weight", "4,32", ".lora_magnitude_vector.weight", "32", "it belongs to DoRA")]
    [InlineData(".lora_embedding_A", "4,32", null, null, "adapters of embeddings are not supported")]
    [InlineData(".base_layer.bias", "32", null, null, "is no A or B of a LoRA adapter: whole weights and biases")]
    public void TensorsThatDoNotBelongAreRefused(string first, string firstShape, string? second, string? secondShape, string message)
    {
        (string, long[])[] tensors = second is null
            ? [(Module + first, Shape(firstShape))]
            : [(Module + first, Shape(firstShape)), (Module + second, Shape(secondShape!))];
        WriteTensors(tensors);
        Expect(Plain, "adapter_model.safetensors", message);
    }

    /// <summary>One behaviour for every way to select: PEFT would leave the tensors out without a word.</summary>
    [Theory]
    [InlineData("\"target_modules\":[\"v_proj\"]")]
    [InlineData("\"target_modules\":\".*v_proj\"")]
    [InlineData("\"target_modules\":\".*\\\\.1\\\\.self_attn\\\\.(q|v)_proj\"")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[1,3]")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":1")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[0],\"layers_pattern\":\"h\"")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"exclude_modules\":[\"self_attn.q_proj\"]")]
    [InlineData("\"target_modules\":\"all-linear\",\"exclude_modules\":\".*layers.0.*\"")]
    public void TensorsOutsideTheSelectionAreRefused(string selection)
    {
        WriteTensors((Module + ".lora_A.weight", [4, 32]), (Module + ".lora_B.weight", [32, 4]));
        string message = "1 of 1 modules with tensors are not selected by " + _folder["adapter_config.json"];
        Expect($$"""{"peft_type":"LORA","r":4,"lora_alpha":8,{{selection}}}""", "adapter_model.safetensors", message);
        Expect($$"""{"peft_type":"LORA","r":4,"lora_alpha":8,{{selection}}}""", "adapter_model.safetensors", ": model.layers.0.self_attn.q_proj. PEFT would");
    }

    [Fact]
    public void SeveralAdaptersInOneFileAreRefused()
    {
        WriteTensors(
            (Module + ".lora_A.first.weight", [4, 32]), (Module + ".lora_B.first.weight", [32, 4]), (Module + ".lora_A.second.weight", [4, 32]), (Module + ".lora_B.second.weight", [32, 4]));
        Expect(Plain, "adapter_model.safetensors", "there are several adapters, 'first' and 'second'");
    }

    [Fact]
    public void IntegerFactorsAreRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            _folder["adapter_model.safetensors"],
            [new(Module + ".lora_A.weight", ones([4, 32], ScalarType.Int32)), new(Module + ".lora_B.weight", ones([32, 4]))]);
        Expect(Plain, "adapter_model.safetensors", "is of type I32; expected F32, F16, BF16 or F64");
    }

    [Fact]
    public void AFolderThatIsNoAdapterIsRefused()
    {
        string missing = _folder["nowhere"];
        Assert.Contains("no such folder; expected an adapter folder", Assert.Throws<InputException>(() => PeftAdapter.Read(missing)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no adapter_config.json", Assert.Throws<InputException>(() => PeftAdapter.Read(_folder.Path)).Message, StringComparison.Ordinal);
        string file = _folder.Write("file", "x");
        Assert.Contains("found a file", Assert.Throws<InputException>(() => PeftAdapter.Read(file)).Message, StringComparison.Ordinal);
        Expect(Plain, string.Empty, "there is no adapter_model.safetensors: the folder is incomplete");
        _folder.Write("adapter_model.bin", "x");
        Expect(Plain, string.Empty, "adapter_model.bin is a Python pickle");
    }

    [Fact]
    public void AFileInPlaceOfTheFolderCannotBeWrittenTo()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([new("m", ones([1, 2]), ones([2, 1]), 1)], "made up");
        string file = _folder.Write("file", "x");
        Assert.Contains("cannot write", Assert.Throws<InputException>(() => PeftAdapter.Write(file, factors, new PeftExport())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PeftAdapter.Write(_folder["out"], factors, new PeftExport { Dtype = ScalarType.Float64 }));
    }

    private static long[] Shape(string text) => [.. text.Split(',').Select(long.Parse)];

    private void WriteTensors(params (string Name, long[] Shape)[] tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(_folder["adapter_model.safetensors"], tensors.Select(tensor => KeyValuePair.Create(tensor.Name, ones(tensor.Shape))));
    }

    private void Expect(string config, string file, string message)
    {
        _folder.Write("adapter_config.json", config);
        InputException error = Assert.Throws<InputException>(() => PeftAdapter.Read(_folder.Path));
        Assert.StartsWith(file.Length == 0 ? _folder.Path : _folder[file], error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
