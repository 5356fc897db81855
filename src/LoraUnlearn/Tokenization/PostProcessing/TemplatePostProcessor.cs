namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>Lays out a text and special tokens as a template says.</summary>
/// <param name="single">The template of one part.</param>
/// <param name="pair">The template of two parts.</param>
/// <param name="origin">The file and key of the template, for messages.</param>
internal sealed class TemplatePostProcessor(
    IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair, string origin) : IPostProcessor
{
    /// <inheritdoc/>
    /// <exception cref="InputException">Another post-processor left more than two parts.</exception>
    public List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens)
    {
        IReadOnlyList<TemplatePiece> template = parts.Count switch
        {
            1 => single,
            2 => pair,
            _ => throw new InputException(
                $"{origin} comes after a post-processor that leaves {parts.Count} parts, and a template takes one or two."),
        };
        List<IReadOnlyList<int>> output = new(template.Count);
        foreach (TemplatePiece piece in template)
        {
            if (piece.SpecialIds is null)
            {
                output.Add(parts[piece.Part]);
            }
            else if (addSpecialTokens)
            {
                output.Add(piece.SpecialIds);
            }
        }

        return output;
    }
}

/// <summary>A piece of a template: a part of the input, or special tokens.</summary>
/// <param name="Part">Which part, where it is one.</param>
/// <param name="SpecialIds">The ids of the special tokens, or null for a part.</param>
internal sealed record TemplatePiece(int Part, IReadOnlyList<int>? SpecialIds);
