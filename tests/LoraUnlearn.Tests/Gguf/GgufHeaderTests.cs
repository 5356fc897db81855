using LoraUnlearn.Checkpoints;
using LoraUnlearn.Gguf;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Gguf;

/// <summary>What stands at the start of a GGUF file is read back; of a damaged one no more than a message comes.</summary>
public sealed class GgufHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KeysAndTensorsAreRead()
    {
        GgufHeader header = GgufHeader.Read(Write());

        Assert.True(GgufHeader.IsGguf(_folder["m.gguf"]));
        Assert.Equal(3u, header.Version);
        Assert.Equal(("llama", 7L, 0.5, true), (header.Find("general.architecture"), header.Find("a.size"), header.Find("a.number"), header.Find("a.flag")));
        Assert.Equal(("2 of text", "3 of float32", "1 of int32"), (header.Find("texts"), header.Find("numbers"), header.Find("ids")));
        Assert.Null(header.Find("none"));
        Assert.Equal(["w F32 [2,3] 6", "v F16 [5] 5"], header.Tensors.Select(tensor => $"{tensor.Name} {tensor.Type} [{string.Join(",", tensor.Shape)}] {tensor.Count}"));
    }

    [Fact]
    public void AFileThatEndsEarlyIsRefusedWhereverItEnds()
    {
        byte[] whole = File.ReadAllBytes(Write());
        int header = whole.AsSpan().LastIndexOf("v"u8) + 1 + 4 + 8 + 4 + 8;
        for (int length = 1; length < header; length++)
        {
            File.WriteAllBytes(_folder["cut.gguf"], whole[..length]);
            Assert.Throws<InputException>(() => GgufHeader.Read(_folder["cut.gguf"]));
        }
    }

    [Fact]
    public void DamageIsRefusedOrRead()
    {
        byte[] whole = File.ReadAllBytes(Write());
        Random random = new(5);
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. whole];
            for (int place = random.Next(1, 4); place > 0; place--)
            {
                damaged[random.Next(damaged.Length)] = (byte)(random.Next(2) == 0 ? 0xFF : random.Next(256));
            }

            File.WriteAllBytes(_folder["bad.gguf"], damaged);
            try
            {
                Assert.InRange(GgufHeader.Read(_folder["bad.gguf"]).Tensors.Count, 0, 2);
            }
            catch (InputException error)
            {
                Assert.Contains("bad.gguf", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private string Write()
    {
        GgufMetadata metadata = new();
        metadata.Add("general.architecture", "llama");
        metadata.Add("a.size", 7);
        metadata.Add("a.number", 0.5f);
        metadata.Add("a.flag", true);
        metadata.Add("texts", ["one", "another"]);
        metadata.Add("numbers", [1f, 2f, 3f]);
        metadata.Add("ids", [1]);
        TensorDeclaration[] tensors = [new("w", ScalarType.Float32, [2, 3]), new("v", ScalarType.Float16, [5])];
        GgufWriter.Write(_folder["m.gguf"], metadata, tensors, name => [name == "w" ? zeros(2, 3) : zeros([5], ScalarType.Float16)]);
        return _folder["m.gguf"];
    }
}
