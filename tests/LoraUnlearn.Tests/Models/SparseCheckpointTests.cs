using System.Text;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using Decoder = LoraUnlearn.Models.Decoder;

namespace LoraUnlearn.Tests.Models;

/// <summary>A checkpoint of 1.2 billion parameters, all zero, in a file that takes no room: loading maps it and touches next to nothing.</summary>
[Collection(RunsAlone.Name)]
public sealed class SparseCheckpointTests : IDisposable
{
    private const string Config =
        """
        {"model_type":"llama","vocab_size":128256,"hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":64,"rms_norm_eps":1e-5,"rope_theta":500000.0,"tie_word_embeddings":true,"max_position_embeddings":131072,
         "rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("F32", 4, torch.ScalarType.Float32)]
    [InlineData("BF16", 2, torch.ScalarType.BFloat16)]
    public void LoadingTouchesLittleMemory(string stored, int bytes, torch.ScalarType dtype)
    {
        _folder.Write("config.json", Config);
        IReadOnlyList<DecoderTensor> tensors = DecoderTensors.Of(ModelFamilies.Describe(ModelConfig.Parse(Config, "config.json")));
        long parameters = tensors.Sum(tensor => Count(tensor));
        Assert.Equal(1_235_814_400, parameters);
        WriteSparse(_folder["model.safetensors"], tensors, stored, bytes);

        long before = Environment.WorkingSet;
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        using Decoder decoder = Decoder.Load(model, torch.CPU, dtype);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 200L << 20);
        Assert.Equal(16 * 7, decoder.Maps.Count);
        Assert.Equal(0, decoder.HeadWeight[128255, 2047].ToDouble());
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 200L << 20);
    }

    private static long Count(DecoderTensor tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);

    private static void WriteSparse(string path, IReadOnlyList<DecoderTensor> tensors, string stored, int bytes)
    {
        long offset = 0;
        List<string> entries = [];
        foreach (DecoderTensor tensor in tensors)
        {
            long end = offset + (Count(tensor) * bytes);
            entries.Add($$"""
                "{{tensor.Name}}":{"dtype":"{{stored}}","shape":[{{string.Join(",", tensor.Shape)}}],"data_offsets":[{{offset}},{{end}}]}
                """);
            offset = end;
        }

        byte[] header = Encoding.UTF8.GetBytes($"{{{string.Join(",", entries)}}}");
        Array.Resize(ref header, (header.Length + 7) / 8 * 8);
        header.AsSpan().Replace((byte)0, (byte)' ');
        using FileStream stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        stream.SetLength(8 + header.Length + offset);
    }
}
