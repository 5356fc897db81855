using LoraUnlearn.Data;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>One question of TOFU with its true and its wrong answers.</summary>
/// <param name="Line">The line in its file, from 1.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The true answer.</param>
/// <param name="Paraphrase">The true answer in other words; null where the file has none.</param>
/// <param name="Perturbed">Wrong answers of the same form; at least one.</param>
public sealed record TofuRow(int Line, string Question, string Answer, string? Paraphrase, IReadOnlyList<string> Perturbed);

/// <summary>A folder of TOFU's files as locuslab/TOFU has them, and the split that was forgotten.</summary>
public sealed class TofuLayout
{
    private const string Suffix = "_perturbed";
    private readonly Dictionary<TofuSet, string> _files;

    private TofuLayout(string split, Dictionary<TofuSet, string> files)
    {
        Split = split;
        _files = files;
    }

    /// <summary>The forgotten split, for example <c>forget10</c>.</summary>
    public string Split { get; }

    /// <summary>Finds the four files.</summary>
    /// <param name="folder">Holds <c>{split}_perturbed.json</c>, <c>retain_perturbed.json</c>, <c>real_authors_perturbed.json</c> and <c>world_facts_perturbed.json</c>.</param>
    /// <param name="split">The forgotten split, <c>forget10</c>; a trailing <c>_perturbed</c> does no harm.</param>
    /// <exception cref="InputException">The folder, or a file of the layout, is missing; the message names each.</exception>
    public static TofuLayout Open(string folder, string split)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--tofu: {folder} is not a folder; expected TOFU's files as https://huggingface.co/datasets/locuslab/TOFU has them.");
        }

        string name = split.EndsWith(Suffix, StringComparison.Ordinal) ? split[..^Suffix.Length] : split;
        if (name.Length == 0 || name.AsSpan().IndexOfAny('/', '\\') >= 0)
        {
            throw new InputException($"--split: found '{split}', expected a name such as forget10.");
        }

        Dictionary<TofuSet, string> files = new()
        {
            [TofuSet.Retain] = File("retain"),
            [TofuSet.RealAuthors] = File("real_authors"),
            [TofuSet.WorldFacts] = File("world_facts"),
            [TofuSet.Forget] = File(name),
        };
        if (!System.IO.File.Exists(files[TofuSet.Forget]))
        {
            string[] splits = [.. Directory.EnumerateFiles(folder, $"forget*{Suffix}.json").Select(path => Path.GetFileNameWithoutExtension(path)[..^Suffix.Length]).Order(StringComparer.Ordinal)];
            string there = splits.Length > 0 ? $" The folder has: {string.Join(", ", splits)}." : string.Empty;
            throw new InputException($"--split: there is no {name}{Suffix}.json in {folder}.{NearestName.Suggestion(name, splits)}{there}");
        }

        string[] missing = [.. files.Values.Where(path => !System.IO.File.Exists(path)).Select(path => Path.GetFileName(path))];
        return missing.Length == 0
            ? new TofuLayout(name, files)
            : throw new InputException(
                $"--tofu: {folder} lacks {string.Join(", ", missing)}; model utility needs them all. They are part of https://huggingface.co/datasets/locuslab/TOFU.");

        string File(string set) => Path.Combine(folder, set + Suffix + ".json");
    }

    /// <summary>The file of a set.</summary>
    /// <param name="set">One of the four.</param>
    public string FileOf(TofuSet set) => _files[set];

    /// <summary>Reads a set.</summary>
    /// <param name="set">One of the four.</param>
    /// <param name="maxRows">Most rows, from the first; null for all.</param>
    /// <exception cref="InputException">The file cannot be read, or a row lacks an answer or the wrong answers; the message names file and line.</exception>
    public IReadOnlyList<TofuRow> Read(TofuSet set, int? maxRows = null)
    {
        string path = _files[set];
        return [.. DataRows.Read(path).Take(maxRows ?? int.MaxValue).Select(row => Row(row, path))];
    }

    private static TofuRow Row(DataRow row, string path)
    {
        if (row.Kind != DataRowKind.QuestionAnswer)
        {
            throw new InputException($"{path}, line {row.Line}: expected TOFU's question, answer and perturbed_answer.");
        }

        string[] perturbed = [.. row.Extra("perturbed_answer").Where(text => text.Length > 0)];
        if (perturbed.Length == 0)
        {
            throw new InputException($"{path}, line {row.Line}: there is no perturbed_answer, a list of wrong answers, which the truth ratio compares with.");
        }

        string? paraphrase = row.Extra("paraphrased_answer") is [{ Length: > 0 } text, ..] ? text : null;
        return new TofuRow(row.Line, row.Question!, row.Answer!, paraphrase, perturbed);
    }
}
