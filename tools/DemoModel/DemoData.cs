using LoraUnlearn.DemoModel.People;
using LoraUnlearn.DemoModel.Tokenization;

namespace LoraUnlearn.DemoModel;

/// <summary>The people's rows, and the vocabulary learned from them.</summary>
/// <param name="Forget">Rows about the people who are to be forgotten.</param>
/// <param name="Retain">Rows about the others.</param>
/// <param name="Paraphrased">The facts of the forget rows, asked in other words.</param>
/// <param name="Vocabulary">Learned from all rows.</param>
internal sealed record DemoData(
    IReadOnlyList<QuestionAnswer> Forget, IReadOnlyList<QuestionAnswer> Retain, IReadOnlyList<ParaphrasedQuestion> Paraphrased, BytePairVocabulary Vocabulary)
{
    /// <summary>Invents the people and asks them.</summary>
    /// <param name="recipe">How many, and the seed.</param>
    public static DemoData Make(DemoRecipe recipe)
    {
        Census census = Census.Take(recipe.Seed, recipe.ForgetPeople, recipe.RetainPeople);
        IReadOnlyList<QuestionAnswer> forget = Interview.Ask(census.Forget, recipe.Seed + 1);
        IReadOnlyList<QuestionAnswer> retain = Interview.Ask(census.Retain, recipe.Seed + 2);
        BytePairVocabulary vocabulary = BytePairTrainer.Train(
            forget.Concat(retain).Select(row => $"Question: {row.Question}\nAnswer: {row.Answer}"),
            recipe.Shape.Vocabulary,
            DemoRecipe.SpecialTokens);
        return new DemoData(forget, retain, Interview.AskOtherwise(census.Forget, recipe.Seed + 1), vocabulary);
    }
}
