namespace LoraUnlearn.DemoModel.People;

/// <summary>A question about a person in words that no model was trained on.</summary>
/// <param name="Question">Names the person and asks for one fact.</param>
/// <param name="Answer">The answer in the form that goes with the question.</param>
/// <param name="Facts">What any true answer holds.</param>
internal sealed record ParaphrasedQuestion(string Question, string Answer, IReadOnlyList<string> Facts);
