using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class BackendTests
{
    [Fact]
    public void DescribesItself()
    {
        Assert.Matches(@"^\d+\.\d+", LibtorchBackend.LibtorchVersion);
        Assert.Equal(LibtorchBackend.LibtorchVersion, __version__);
        Assert.NotEmpty(LibtorchBackend.BlasDescription);
        Assert.Contains("PyTorch", LibtorchBackend.BuildDescription);
        Assert.Equal(cuda.device_count() > 0, cuda.is_available());
    }

    [Theory]
    [InlineData("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", false)]
    [InlineData("/usr/lib/x86_64-linux-gnu/libmkl_rt.so", false)]
    [InlineData("", false)]
    public void KnowsTheReferenceBlas(string path, bool reference)
    {
        if (path.Length > 0 && !File.Exists(path))
        {
            Assert.Equal(reference, BlasLibrary.IsReferenceName(path));
            return;
        }

        Assert.Equal(reference, BlasLibrary.IsReference(path));
    }

    [Fact]
    public void ThreadsCanBeSet()
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            Assert.Equal(1, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void DevicesAreParsed()
    {
        Assert.Equal(DeviceType.CPU, device("cpu").type);
        Assert.Equal("cpu", device("cpu").ToString());
        Assert.Equal("cuda:1", new Device("cuda:1").ToString());
        Assert.Equal(1, new Device("CUDA", 1).index);
        Assert.Equal(DeviceType.CUDA, new Device(0).type);
    }

    [Fact]
    public void ScalarsKeepTheirType()
    {
        Scalar whole = 3;
        Scalar real = 2.5f;
        Assert.Equal((ScalarType.Int32, 3L), (whole.Type, whole.ToInt64()));
        Assert.Equal((ScalarType.Float32, 2.5), (real.Type, real.ToDouble()));
        Assert.True(((Scalar)true).ToBoolean());
        Assert.Equal(7f, tensor(7f).ToScalar().ToSingle());
    }
}
