using LoraUnlearn.Data;
using LoraUnlearn.DemoModel.Training;

namespace LoraUnlearn.DemoModel.Tests.Training;

/// <summary>A model that trains in no time, and rows for it.</summary>
internal static class TinyModel
{
    public static LlamaShape Shape { get; } =
        new(Vocabulary: 13, Width: 8, Layers: 2, Heads: 4, KeyValueHeads: 2, MlpWidth: 12, MaximumLength: 16);

    public static LabelledSequence[] Rows { get; } =
    [
        LabelledSequence.ScoredFrom([3, 9, 4, 12, 5, 0], 2),
        LabelledSequence.ScoredFrom([7, 2, 8, 0], 2),
    ];

    public static Example[] Examples { get; } =
        [.. Rows.Select((row, index) => new Example(index, row, null, new DataRow(DataRowKind.Tokens, index + 1), 2))];
}
