namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>One of TOFU's four evaluation sets (arXiv 2401.06121, section 2).</summary>
/// <param name="Name">Its name in results, for example <c>real_authors</c>.</param>
/// <param name="LogKey">Its key in the original tool's <c>eval_log_aggregated.json</c>.</param>
/// <param name="HasOptions">Whether probability is p(correct)/(p(correct)+Σp(wrong)) instead of p(correct).</param>
public sealed record TofuSet(string Name, string LogKey, bool HasOptions)
{
    /// <summary>The rows that were to be forgotten: the file of the split.</summary>
    public static TofuSet Forget { get; } = new("forget", "eval_log_forget.json", false);

    /// <summary>Rows about the other authors: <c>retain_perturbed.json</c>.</summary>
    public static TofuSet Retain { get; } = new("retain", "eval_log.json", false);

    /// <summary>Questions about real authors: <c>real_authors_perturbed.json</c>.</summary>
    public static TofuSet RealAuthors { get; } = new("real_authors", "eval_real_author_wo_options.json", true);

    /// <summary>Questions about the world: <c>world_facts_perturbed.json</c>.</summary>
    public static TofuSet WorldFacts { get; } = new("world_facts", "eval_real_world_wo_options.json", true);

    /// <summary>All four, in the order of the original tool.</summary>
    public static IReadOnlyList<TofuSet> All { get; } = [Retain, RealAuthors, WorldFacts, Forget];

    /// <summary>The three whose nine numbers make the model utility.</summary>
    public static IReadOnlyList<TofuSet> Utility { get; } = [Retain, RealAuthors, WorldFacts];
}
