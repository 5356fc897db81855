namespace LoraUnlearn.Data;

/// <summary>
/// Token ids and their labels, not shifted: position t is scored by the logits at t−1, so the label at position 0 is never
/// scored, and a label of −100 says that a position is not scored either (METHODS §1).
/// </summary>
/// <param name="InputIds">The token ids [t].</param>
/// <param name="Labels">The labels [t]: an id, or <see cref="NotScored"/>.</param>
public sealed record LabelledSequence(int[] InputIds, int[] Labels)
{
    /// <summary>The label of a position that is not scored.</summary>
    public const int NotScored = -100;

    /// <summary>The number of tokens.</summary>
    public int Length => InputIds.Length;

    /// <summary>The number of scored positions, |y| in METHODS §1: labels at positions ≥ 1 that are not −100.</summary>
    public int LabelledCount => Labels.Skip(1).Count(label => label != NotScored);

    /// <summary>The sequence whose labels are its own ids from a position on.</summary>
    /// <param name="ids">The token ids [t].</param>
    /// <param name="firstLabelled">The first scored position; the prompt's length.</param>
    public static LabelledSequence ScoredFrom(int[] ids, int firstLabelled)
    {
        int[] labels = [.. ids];
        labels.AsSpan(0, Math.Min(firstLabelled, labels.Length)).Fill(NotScored);
        return new LabelledSequence(ids, labels);
    }

    /// <summary>The first tokens of the sequence.</summary>
    /// <param name="maxLength">How many are kept at most.</param>
    /// <returns>This sequence, or its beginning where it is longer.</returns>
    public LabelledSequence CutTo(int maxLength) =>
        Length <= maxLength ? this : new LabelledSequence(InputIds[..maxLength], Labels[..maxLength]);
}
