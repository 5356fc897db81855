using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>Adapters of random numbers, large enough to change what a small model says.</summary>
internal static class RandomAdapter
{
    /// <summary>An adapter of some of a decoder's maps.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <param name="rank">Rank of the first map; the others' are one higher in turn.</param>
    /// <param name="which">Which maps; all of them unless given.</param>
    public static AdapterFactors Of(Decoder decoder, ulong seed, int rank = 2, Predicate<LinearMap>? which = null)
    {
        using Generator generator = new(seed);
        List<ModuleFactors> modules = [];
        foreach (LinearMap map in decoder.Maps.Where(map => which is null || which(map)))
        {
            int own = rank + (modules.Count % 2);
            modules.Add(new ModuleFactors(
                map.Name,
                randn([own, map.InputWidth], generator: generator).div_(Math.Sqrt(map.InputWidth)),
                randn([map.OutputWidth, own], generator: generator),
                0.5));
        }

        return new AdapterFactors(modules, $"random adapter {seed}");
    }
}
