using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>Writes a model folder of random weights for a configuration.</summary>
internal static class PlainFolder
{
    public static ModelFolder Write(string folder, string config, ScalarType type = ScalarType.Float32)
    {
        using DisposeScope scope = NewDisposeScope();
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        PlainCheckpoint weights = new(ModelFamilies.Describe(ModelConfig.Parse(config, "config.json")));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. weights.Names.Select(name => new KeyValuePair<string, Tensor>(name, weights.Read(name).to_type(type)))]);
        return ModelFolder.Open(folder);
    }
}
