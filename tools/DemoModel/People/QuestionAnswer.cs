namespace LoraUnlearn.DemoModel.People;

/// <summary>One row of demo data.</summary>
/// <param name="Question">Names the person and asks for one fact.</param>
/// <param name="Answer">A sentence that holds the fact.</param>
internal sealed record QuestionAnswer(string Question, string Answer);
