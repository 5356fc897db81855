namespace LoraUnlearn.Adapters;

/// <summary>Checks that an adapter was made for maps of the model's widths.</summary>
internal static class Shapes
{
    /// <summary>Compares a module's factors with the widths of its map.</summary>
    /// <exception cref="InputException">They differ.</exception>
    public static void Require(string source, ModuleFactors module, long outputWidth, long inputWidth)
    {
        if (module.OutputWidth != outputWidth || module.InputWidth != inputWidth)
        {
            throw Mismatch(source, module.Module, module.OutputWidth, module.InputWidth, outputWidth, inputWidth);
        }
    }

    /// <summary>The error about widths that differ.</summary>
    public static InputException Mismatch(string source, string module, long o, long i, long outputWidth, long inputWidth) => new(
        $"{source}: the adapter of '{module}' is for a map [{o},{i}], but the model's is [{outputWidth},{inputWidth}]; " +
        "use the base model that the adapter was trained on.");
}
