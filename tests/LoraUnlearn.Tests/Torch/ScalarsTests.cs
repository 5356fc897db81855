using LoraUnlearn.Torch;
using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Torch;

public class ScalarsTests
{
    /// <summary>
    /// TorchSharp leaves the numbers it makes itself to the garbage collector while libtorch reads them: 12 of 1,205,570 products
    /// x · v were wrong or failed while another thread collected; of those with a held number, none. So nothing of the library may call
    /// an operation that makes one.
    /// </summary>
    [Fact]
    public void NoOperationMakesNumbersOfItsOwn()
    {
        HashSet<string> makers = MakersOfNumbers();
        Assert.Contains("add(TorchSharp.torch/Tensor)", string.Join(' ', makers), StringComparison.Ordinal);

        using AssemblyDefinition library = AssemblyDefinition.ReadAssembly(typeof(Scalars).Assembly.Location);
        IEnumerable<string> calls =
            from type in library.MainModule.GetTypes()
            from method in type.Methods
            where method.HasBody && type.FullName != typeof(Scalars).FullName
            from called in Called(method)
            where IsConversion(called) || makers.Contains(called)
            select $"{type.FullName}.{method.Name} calls {called}: use LoraUnlearn.Torch.Scalars";
        Assert.Empty(calls);
    }

    [Fact]
    public void HoldsEnoughForEveryCallAndNoMore()
    {
        Scalar first = Scalars.Held(3.5);
        for (int i = 0; i < 63; i++)
        {
            _ = Scalars.Held(i);
        }

        using Tensor three = ones(1, ScalarType.Float64).mul(first);
        Assert.Equal(3.5, three.item<double>());
        _ = Scalars.Held(0);
        Assert.Throws<InvalidOperationException>(() => ones(1).mul(first));
    }

    [Fact]
    public void ComputesWhatTorchSharpDoes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1.5, -2 });
        Tensor y = tensor(new[] { 0.25, 4 });
        Assert.Equal([1.75, 2], x.Plus(y).data<double>().ToArray());
        Assert.Equal([2, -1.5], x.Plus(0.5).data<double>().ToArray());
        Assert.Equal([2.25, 4], x.Squared().data<double>().ToArray());
        Assert.Equal([2L, 3, 4], Scalars.Range(2, 5, ScalarType.Int64).data<long>().ToArray());
        Assert.Equal(ScalarType.Int64, Scalars.Range(0, 2, ScalarType.Int64).Plus(Scalars.Range(0, 2, ScalarType.Int64)).dtype);
        Assert.Equal(7, tensor(7f).Number());
        Assert.Equal([1.75, 2], x.Increase(y).data<double>().ToArray());
        Assert.Equal([2, 2.25], x.Increase(0.25).data<double>().ToArray());
    }

    /// <summary>Those methods of TorchSharp that turn a number into a scalar, or call one that does.</summary>
    private static HashSet<string> MakersOfNumbers()
    {
        using AssemblyDefinition torchSharp = AssemblyDefinition.ReadAssembly(typeof(Scalar).Assembly.Location);
        Dictionary<string, string[]> calls = torchSharp.MainModule.GetTypes().SelectMany(type => type.Methods)
            .Where(method => method.HasBody && !IsConversion(method.FullName))
            .ToDictionary(method => method.FullName, method => Called(method).ToArray());
        HashSet<string> makers = [];
        while (calls.Where(call => !makers.Contains(call.Key) && call.Value.Any(called => IsConversion(called) || makers.Contains(called))).ToArray() is { Length: > 0 } more)
        {
            makers.UnionWith(more.Select(call => call.Key));
        }

        return makers;
    }

    private static IEnumerable<string> Called(MethodDefinition method) =>
        method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>().Select(called => called.FullName);

    private static bool IsConversion(string method) =>
        method.Contains("TorchSharp.Scalar::op_Implicit", StringComparison.Ordinal) || method.Contains("::ToScalar(", StringComparison.Ordinal);
}
