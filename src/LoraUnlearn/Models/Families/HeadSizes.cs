namespace LoraUnlearn.Models.Families;

/// <summary>The size of a head where the configuration does not give it.</summary>
internal static class HeadSizes
{
    /// <summary>The model's width shared equally among the heads.</summary>
    /// <exception cref="InputException">It does not divide.</exception>
    public static long Divide(FamilyConfig keys, int width, int heads) => width % heads == 0
        ? width / heads
        : throw new InputException($"{keys.Source}: a hidden size of {width} does not divide among {heads} attention heads.");
}
