namespace LoraUnlearn.Checkpoints;

/// <summary>
/// The values of the two 8-bit floating-point formats (Micikevicius et al., arXiv 2209.05433, table 1), by bit pattern.
/// </summary>
internal static class Float8
{
    /// <summary>E4M3: bias 7, no infinities, NaN where all of exponent and mantissa are ones. 256 values.</summary>
    public static float[] E4M3() => Table(exponentBits: 4, bias: 7, bits => (bits & 0x7F) == 0x7F ? float.NaN : null);

    /// <summary>E5M2: bias 15, infinities and NaN as in IEEE 754. 256 values.</summary>
    public static float[] E5M2() => Table(exponentBits: 5, bias: 15, bits => (bits & 0x7C) != 0x7C ? null
        : (bits & 0x03) != 0 ? float.NaN
        : bits < 0x80 ? float.PositiveInfinity : float.NegativeInfinity);

    private static float[] Table(int exponentBits, int bias, Func<int, float?> special)
    {
        int mantissaBits = 7 - exponentBits;
        float[] values = new float[256];
        for (int bits = 0; bits < 256; bits++)
        {
            int exponent = (bits & 0x7F) >> mantissaBits;
            float fraction = (bits & ((1 << mantissaBits) - 1)) / (float)(1 << mantissaBits);
            float magnitude = exponent == 0
                ? fraction * MathF.Pow(2, 1 - bias)
                : (1 + fraction) * MathF.Pow(2, exponent - bias);
            values[bits] = special(bits) ?? (bits < 0x80 ? magnitude : -magnitude);
        }

        return values;
    }
}
