using System.CommandLine;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Options;

/// <summary>What the suites of the verb evaluate measure, each with the files and settings that are its own.</summary>
internal sealed class SuiteOptions
{
    /// <summary>The suites by name.</summary>
    public static readonly string[] Suites = ["basic", "tofu", "muse", "tdec", "membership", "yao"];

    /// <summary>Which suite.</summary>
    public Option<string> Suite { get; } = OptionKinds.Choice("--suite", "What to measure.", "basic", Suites);

    /// <summary>The forget set.</summary>
    public Option<string?> Forget { get; } = OptionKinds.Input("--forget", "FILE", "JSONL file with what was to be forgotten; in membership, the members.");

    /// <summary>The retain set.</summary>
    public Option<string?> Retain { get; } = OptionKinds.Input("--retain", "FILE", "JSONL file with what was to be kept.");

    /// <summary>Rows that were never trained on.</summary>
    public Option<string?> Holdout { get; } = OptionKinds.Input("--holdout", "FILE", "JSONL file with rows of the same kind that were never trained on; in membership, the non-members.");

    /// <summary>TOFU's folder.</summary>
    public Option<string?> Tofu { get; } = OptionKinds.Input("--tofu", "DIR", "Folder with TOFU's files, as locuslab/TOFU has them.");

    /// <summary>TOFU's forgotten split.</summary>
    public Option<string> Split { get; } = OptionKinds.Text("--split", "NAME", "TOFU's forgotten split: forget01, forget05 or forget10.", "forget10");

    /// <summary>The reference log.</summary>
    public Option<string?> Reference { get; } = OptionKinds.Input("--reference", "LOG", "Log of the retain-only model, by this tool or TOFU's own (eval_log_aggregated.json): what forget quality compares with.");

    /// <summary>A log to write.</summary>
    public Option<string?> SaveLog { get; } = OptionKinds.OutputFile("--save-log", "Log to write, in the layout of TOFU's eval_log_aggregated.json; the retain-only model's is the reference.");

    /// <summary>A log to judge in place of a model.</summary>
    public Option<string?> Log { get; } = OptionKinds.Input("--log", "LOG", "Log to judge in place of a model, for example of a published run; --model is then not needed.");

    /// <summary>A second model, for the reference attack.</summary>
    public Option<string?> ReferenceModel { get; } = OptionKinds.Input("--reference-model", "DIR", "Model folder for the attack 'reference': a model that never saw the members.");

    /// <summary>Min-K shares.</summary>
    public Option<int> MinK { get; } = OptionKinds.Whole("--min-k", "Percentage of the least likely tokens that the Min-K attacks of membership look at.", 20, 1, 100);

    /// <summary>Whether gradient norms are left out.</summary>
    public Option<bool> NoGradients { get; } = OptionKinds.Flag("--no-gradients", "Leave the gradient-norm attacks out: much faster.");

    /// <summary>Bootstrap resamples.</summary>
    public Option<int> Resamples { get; } = OptionKinds.Whole("--resamples", "Bootstrap resamples of the AUC's 95 % interval.", 1000, 100, 1_000_000);

    /// <summary>Questions about the forget set.</summary>
    public Option<string?> ForgetQuestions { get; } = OptionKinds.Input("--forget-qa", "FILE", "JSONL file with questions and answers about what was to be forgotten (MUSE's KnowMem).");

    /// <summary>Questions about the retain set.</summary>
    public Option<string?> RetainQuestions { get; } = OptionKinds.Input("--retain-qa", "FILE", "JSONL file with questions and answers about what was to be kept (MUSE's KnowMem).");

    /// <summary>In-context examples of the forget questions.</summary>
    public Option<string?> ForgetExamples { get; } = OptionKinds.Input("--forget-examples", "FILE", "JSONL file with question-answer rows that stand before each forget question.");

    /// <summary>In-context examples of the retain questions.</summary>
    public Option<string?> RetainExamples { get; } = OptionKinds.Input("--retain-examples", "FILE", "JSONL file with question-answer rows that stand before each retain question.");

    /// <summary>The members' side of MUSE's privacy leakage.</summary>
    public Option<string?> PrivacyForget { get; } = OptionKinds.Input("--privacy-forget", "FILE", "JSONL file of forget texts for MUSE's PrivLeak, against --holdout; --forget unless given.");

    /// <summary>A corpus of MUSE, for its published retrained AUC.</summary>
    public Option<string?> Corpus { get; } = OptionKinds.Text("--corpus", "news|books", "MUSE's corpus, whose published retrained model PrivLeak compares with.");

    /// <summary>The AUC of a retrained model.</summary>
    public Option<double?> RetrainedAuc { get; } = OptionKinds.OptionalNumber("--retrained-auc", "Min-40 % AUC of a retrained model as this suite reports it, which PrivLeak compares with.", 0, 1);

    /// <summary>Orders of the extraction likelihood.</summary>
    public Option<string> NGrams { get; } = OptionKinds.Pattern("--n-grams", "N,N", "Orders n of TDEC's extraction likelihood EL_n.", "5,10", "^[1-9][0-9]{0,2}(,[1-9][0-9]{0,2}){0,7}$", "orders such as 5,10");

    /// <summary>Divisor of the extraction likelihood.</summary>
    public Option<string> Divisor { get; } = OptionKinds.Choice("--divisor", "What EL_n divides a prefix's matches by: paper, the n-grams of the generated continuation; code, those of the true suffix, as the paper's released code does.", "paper", "paper", "code");

    /// <summary>Prefix lengths left out.</summary>
    public Option<int> PrefixStep { get; } = OptionKinds.Whole("--prefix-step", "EL_n over every such prefix length; 1 for all of them, as TDEC.", 1, 1);

    /// <summary>Rows like the retain set's, for approximate retraining.</summary>
    public Option<string?> Approximate { get; } = OptionKinds.Input("--approximate", "FILE", "JSONL file with rows of the forget set's distribution that were not trained on.");

    /// <summary>General text.</summary>
    public Option<string?> General { get; } = OptionKinds.Input("--general", "FILE", "JSONL file with general text.");

    /// <summary>Rows of each file.</summary>
    public Option<int?> MaxRows { get; } = OptionKinds.OptionalWhole("--max-rows", "Rows of each file, from the first; all unless given.", 1);

    /// <summary>Most new tokens.</summary>
    public Option<int?> MaxNewTokens { get; } = OptionKinds.OptionalWhole("--max-new-tokens", "Most new tokens of an answer. basic: half as many again as the true one has; tofu: 200 with the prompt; muse: 128 verbatim, 32 for answers.", 1);

    /// <summary>No generation.</summary>
    public Option<bool> NoGenerate { get; } = OptionKinds.Flag("--no-generate", "Generate nothing: no exact match and no ROUGE in basic, no EL in tdec, and much faster.");

    /// <summary>The options of the suites in groups.</summary>
    public IEnumerable<(string Heading, IReadOnlyList<Option> Options)> Groups =>
    [
        ("Measures", [MaxRows, MaxNewTokens, NoGenerate, Resamples]),
        ("Suite tofu", [Tofu, Split, Reference, SaveLog, Log]),
        ("Suite membership", [MinK, ReferenceModel, NoGradients]),
        ("Suite muse", [ForgetQuestions, ForgetExamples, RetainQuestions, RetainExamples, PrivacyForget, Corpus, RetrainedAuc]),
        ("Suite tdec", [NGrams, Divisor, PrefixStep]),
        ("Suite yao", [Approximate, General]),
    ];

    /// <summary>Refuses an option that the chosen suite would ignore.</summary>
    /// <exception cref="InputException">Such an option was given.</exception>
    public void CheckSuite(Invocation invocation)
    {
        string suite = invocation.Get(Suite);
        foreach ((Option option, string[] suites) in Owners())
        {
            if (invocation.IsGiven(option) && !suites.Contains(suite))
            {
                throw new InputException($"{option.Name} does nothing in --suite {suite}; it belongs to --suite {string.Join(" or ", suites)}. Leave it out, or choose that suite.");
            }
        }
    }

    private IEnumerable<(Option Option, string[] Suites)> Owners()
    {
        foreach ((string heading, IReadOnlyList<Option> options) in Groups.Where(group => group.Heading.StartsWith("Suite ", StringComparison.Ordinal)))
        {
            foreach (Option option in options)
            {
                yield return (option, [heading["Suite ".Length..]]);
            }
        }

        yield return (Forget, ["basic", "muse", "tdec", "membership", "yao"]);
        yield return (Retain, ["basic"]);
        yield return (Holdout, ["tofu", "muse", "membership", "yao"]);
        yield return (MaxNewTokens, ["basic", "tofu", "muse"]);
        yield return (NoGenerate, ["basic", "tdec"]);
        yield return (Resamples, ["tofu", "muse", "membership", "yao"]);
    }
}
