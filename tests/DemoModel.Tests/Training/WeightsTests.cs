using LoraUnlearn.Checkpoints;
using LoraUnlearn.DemoModel.Training;
using TorchSharp;

namespace LoraUnlearn.DemoModel.Tests.Training;

public class WeightsTests
{
    [Fact]
    public void Initial_values_have_the_deviation_asked_for_and_norms_are_one()
    {
        LlamaShape shape = TinyModel.Shape with { Vocabulary = 2000 };
        using Weights weights = Weights.Draw(shape, seed: 1);
        using torch.Tensor embedding = weights.Read("model.embed_tokens.weight");
        using torch.Tensor norm = weights.Read("model.norm.weight");

        float[] values = embedding.cpu().data<float>().ToArray();

        Assert.Equal(2000 * 8, values.Length);
        Assert.Equal(0.02, Math.Sqrt(values.Average(value => (double)value * value)), 0.0004); // 3 standard errors
        Assert.Equal(0, values.Average(), 0.0005);
        Assert.All(norm.data<float>().ToArray(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void A_written_file_holds_the_rounded_values_under_the_names_of_the_family()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");
        try
        {
            using Weights weights = Weights.Draw(TinyModel.Shape, seed: 1);
            weights.RoundToHalf();
            weights.Write(path);

            using TensorSource file = TensorSource.Open(path);
            Assert.Equal(weights.Names.Order(), file.Entries.Keys.Order());
            using torch.Tensor stored = file.Read("model.layers.1.mlp.down_proj.weight");
            using torch.Tensor expected = weights.Read("model.layers.1.mlp.down_proj.weight");
            Assert.Equal(torch.ScalarType.Float16, stored.dtype);
            Assert.Equal([8, 12], stored.shape);
            using torch.Tensor widened = stored.to_type(torch.ScalarType.Float32);
            Assert.Equal(expected.data<float>().ToArray(), widened.data<float>().ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }
}
