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
