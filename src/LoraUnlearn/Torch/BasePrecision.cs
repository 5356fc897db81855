namespace LoraUnlearn.Torch;

/// <summary>How the linear maps of the frozen base are held in memory.</summary>
public enum BasePrecision
{
    /// <summary>Quantised weights as the checkpoint has them, others in the type of the computation.</summary>
    Stored,

    /// <summary>4 bits an entry: bitsandbytes' NF4 with double quantisation; some 4.13 bits in all.</summary>
    FourBit,

    /// <summary>8 bits an entry: bitsandbytes' int8, a scale for each row.</summary>
    EightBit,

    /// <summary>In the type of the computation, quantised checkpoints too: they are dequantised once, when they are read.</summary>
    Full,
}

/// <summary>The names of the precisions that quantise: <c>nf4</c> and <c>int8</c>.</summary>
public static class QuantisedPrecision
{
    /// <summary>The precision of a name; null for any other.</summary>
    /// <param name="name">A name.</param>
    public static BasePrecision? Named(string? name) => name switch { "nf4" => BasePrecision.FourBit, "int8" => BasePrecision.EightBit, _ => null };

    /// <summary>The name of a precision; null where it quantises nothing.</summary>
    /// <param name="precision">A precision.</param>
    public static string? NameOf(BasePrecision precision) => precision switch { BasePrecision.FourBit => "nf4", BasePrecision.EightBit => "int8", _ => null };
}
