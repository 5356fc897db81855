using LoraUnlearn.Tokenization.Json;

namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>Reads the "post_processor" of a tokenizer file.</summary>
internal static class PostProcessorReader
{
    private static readonly ComponentReader<IPostProcessor> Kinds = new("processors", items => new SequencePostProcessor(items), new Dictionary<string, Func<JsonPart, IPostProcessor>>
    {
        ["BertProcessing"] = part => new BertPostProcessor(ReadTokenId(part, "cls"), ReadTokenId(part, "sep"), beforeNext: null),
        ["ByteLevel"] = _ => new UnchangedPostProcessor(),
        ["RobertaProcessing"] = part => new BertPostProcessor(
            ReadTokenId(part, "cls"), ReadTokenId(part, "sep"), beforeNext: ReadTokenId(part, "sep")),
        ["TemplateProcessing"] = part => ReadTemplates(part),
    });

    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static IPostProcessor Read(JsonPart part) => Kinds.Read(part);

    /// <summary>Reads a token written as ["token", id].</summary>
    private static int ReadTokenId(JsonPart part, string key)
    {
        IReadOnlyList<JsonPart> pair = part.GetItems(key);
        if (pair.Count != 2)
        {
            throw part.Get(key).Error("must be a token and its id");
        }

        pair[0].AsString();
        return pair[1].AsTokenId();
    }

    private static TemplatePostProcessor ReadTemplates(JsonPart part)
    {
        JsonPart tokens = part.Get("special_tokens");
        return new TemplatePostProcessor(
            ReadTemplate(part.GetItems("single"), tokens, parts: 1),
            ReadTemplate(part.GetItems("pair"), tokens, parts: 2),
            part.Origin);
    }

    private static List<TemplatePiece> ReadTemplate(IReadOnlyList<JsonPart> items, JsonPart tokens, int parts)
    {
        List<TemplatePiece> pieces = new(items.Count);
        foreach (JsonPart item in items)
        {
            (string kind, JsonPart value) = item.AsChoice();
            string id = value.GetString("id");
            value.GetCount("type_id");
            pieces.Add(kind switch
            {
                "Sequence" when id == "A" => new TemplatePiece(0, null),
                "Sequence" when id == "B" && parts == 2 => new TemplatePiece(1, null),
                "Sequence" => throw value.Get("id").Error($"is '{id}'; {(parts == 1 ? "A" : "A or B")} was expected"),
                "SpecialToken" => new TemplatePiece(0, ReadIds(tokens, id)),
                _ => throw item.Error($"is a '{kind}'; Sequence or SpecialToken was expected"),
            });
        }

        return pieces;
    }

    private static int[] ReadIds(JsonPart tokens, string name) =>
        tokens.Has(name)
            ? tokens.Get(name).GetItems("ids").Select(id => id.AsTokenId()).ToArray()
            : throw tokens.Error($"has no '{name}', which the template names");
}
