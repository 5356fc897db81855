using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>Merged weights and the account of their rounding, against float64 sums made by libtorch.</summary>
public sealed class MergedTensorTests : IDisposable
{
    private const string Name = "w";

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float32, false, 0.02)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16, false, 0.02)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16, false, 1e-4)] // small against the spacing: most of it is gone
    [InlineData(ScalarType.Float16, ScalarType.Float16, true, 0.02)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32, true, 0.02)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16, false, 0.02)]
    [InlineData(ScalarType.Float64, ScalarType.Float64, false, 0.02)]
    [InlineData(ScalarType.Float64, ScalarType.BFloat16, true, 0.02)]
    public void TheSumIsRoundedOnceAndTheAccountIsRight(ScalarType stored, ScalarType target, bool transposed, double size)
    {
        (Tensor weight, ModuleFactors change) = Make(stored, transposed, size);
        Tensor delta = Delta(change, transposed), exact = weight.to_type(ScalarType.Float64) + delta;
        (Tensor written, MergeRounding rounding) = Write(change, transposed, target, null);
        Assert.Equal(target, written.dtype);

        // The sum in float32 is off by a little, so that it may round to the other side where the exact one is all but a tie.
        Tensor rounded = exact.to_type(target).to_type(ScalarType.Float64), found = written.to_type(ScalarType.Float64);
        Tensor spacing = exact.abs() * FloatingBytes.Spacing(target);
        Assert.True((found - exact).abs().le((spacing * 0.51) + 1e-7).all().item<bool>());
        Assert.InRange(found.ne(rounded).to_type(ScalarType.Float64).mean().item<double>(), 0, target == ScalarType.Float32 ? 0.2 : 1e-3);

        Tensor before = weight.to_type(ScalarType.Float64), error = found - exact;
        double norm = delta.norm().item<double>();
        Assert.Equal(error.norm().item<double>() / norm, rounding.RelativeError, 1e-5 + (1e-3 * rounding.RelativeError));
        Assert.Equal(((found - before) * delta).sum().item<double>() / (norm * norm), rounding.Kept, 1e-4);
        Assert.Equal(found.eq(before).to_type(ScalarType.Float64).mean().item<double>(), rounding.UnchangedShare, 9);
        Assert.Equal(weight.numel(), rounding.Entries);
        if (size < 1e-3)
        {
            Assert.InRange(rounding.RelativeError, 0.3, 3);
            Assert.InRange(rounding.UnchangedShare, 0.9, 1);
        }
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void RoundingAtRandomKeepsASmallChangeInTheMean(ScalarType type)
    {
        (_, ModuleFactors change) = Make(type, transposed: false, 1e-4);
        (Tensor nearest, _) = Write(change, transposed: false, type, null);
        (Tensor random, MergeRounding rounding) = Write(change, transposed: false, type, new StochasticRounding(3, Name));
        (Tensor again, _) = Write(change, transposed: false, type, new StochasticRounding(3, Name));
        Assert.InRange(rounding.Kept, 0.7, 1.3); // one weight in a hundred is moved, by a hundred times its change
        Assert.True(random.eq(again).all().item<bool>());
        Assert.False(random.eq(nearest).all().item<bool>());
    }

    [Fact]
    public void WhatDoesNotFitOrIsNotFiniteIsFound()
    {
        (_, ModuleFactors change) = Make(ScalarType.Float16, transposed: false, 1e6);
        Assert.Contains("does not fit Float16", Assert.Throws<WorkFailedException>(() => Write(change, transposed: false, ScalarType.Float16, null)).Message, StringComparison.Ordinal);
        Assert.Contains("does not fit Float32", Assert.Throws<WorkFailedException>(() => Write(change with { Scale = 1e38 }, transposed: false, ScalarType.Float32, null)).Message, StringComparison.Ordinal);
        Assert.Contains("does not fit BFloat16", Assert.Throws<WorkFailedException>(() => Write(change with { Scale = double.NaN }, transposed: false, ScalarType.BFloat16, null)).Message, StringComparison.Ordinal);

        Tensor damaged = zeros([3, 700]);
        damaged[1, 600] = tensor(float.NaN);
        SafetensorsWriter.Write(_folder["m.safetensors"], [new(Name, damaged)]);
        ModuleFactors small = new("m", zeros([1, 700]), zeros([3, 1]), 1);
        Assert.Contains("'w' holds NaN or infinity (element 1300 of 2100)", Assert.Throws<InputException>(() => Write(small, transposed: false, ScalarType.Float32, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SquaresTooLargeForFloatAreCountedInDouble()
    {
        SafetensorsWriter.Write(_folder["m.safetensors"], [new(Name, zeros([2, 3]))]);
        (_, MergeRounding rounding) = Write(new("m", full([1, 3], 1e15f), full([2, 1], 1e15f), 1), transposed: false, ScalarType.Float32, null);
        Assert.Equal(6e60, rounding.ChangeEnergy, 1e55);
        Assert.InRange(rounding.RelativeError, 0, 1e-7);
    }

    private static Tensor Delta(ModuleFactors change, bool transposed)
    {
        Tensor delta = change.B.to_type(ScalarType.Float64).mm(change.A.to_type(ScalarType.Float64)) * change.Scale;
        return transposed ? delta.t() : delta;
    }

    // Rows and columns that are no multiple of a vector, a tile or a part.
    private (Tensor Weight, ModuleFactors Change) Make(ScalarType stored, bool transposed, double size)
    {
        using Generator generator = new(11);
        Tensor weight = randn([301, 1037], ScalarType.Float64, generator: generator).to_type(stored); // [rows,columns]
        Tensor a = randn([5, transposed ? 301 : 1037], ScalarType.Float32, generator: generator), b = randn([transposed ? 1037 : 301, 5], ScalarType.Float32, generator: generator) * size;
        SafetensorsWriter.Write(_folder["m.safetensors"], [new(Name, weight)]);
        return (weight, new ModuleFactors("m", a, b, 0.5));
    }

    private (Tensor Written, MergeRounding Rounding) Write(ModuleFactors change, bool transposed, ScalarType target, StochasticRounding? random)
    {
        using TensorSource source = TensorSource.Open(_folder["m.safetensors"]);
        using OpenShards shards = OpenShards.Of(source);
        MergedTensor merged = new(shards.Tensor(Name), change, transposed, target, random);
        Directory.CreateDirectory(_folder["out"]);
        StreamedFiles.Write(shards.Files(_ => merged), _folder["out"], _ => { }, CancellationToken.None);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["out/m.safetensors"]);
        return (file.Read(Name).clone(), merged.Rounding);
    }
}
