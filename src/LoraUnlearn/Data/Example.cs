namespace LoraUnlearn.Data;

/// <summary>One sequence to train on or to score. A text row longer than the maximum makes several.</summary>
/// <param name="Index">The position in the list of examples, from 0.</param>
/// <param name="Sequence">Ids and labels; at least one position is scored.</param>
/// <param name="Alternate">The replacement, with the same prompt, that <c>dpo</c> and <c>po</c> train on; null where there is none.</param>
/// <param name="Row">The row that it comes from.</param>
/// <param name="PromptLength">How many of the ids are prompt, which is what to generate from; null where there is no prompt.</param>
public sealed record Example(int Index, LabelledSequence Sequence, LabelledSequence? Alternate, DataRow Row, int? PromptLength);
