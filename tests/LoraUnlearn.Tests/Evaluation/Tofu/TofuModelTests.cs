using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Tests.Evaluation.Tofu;

/// <summary>The suite on the TOFU models, against float64 and against what their maker measured.</summary>
public class TofuModelTests
{
    private const string Full = "models/tofu-llama-full";
    private const string Retain = "models/tofu-llama-retain90";

    [SharedTheory(Full)]
    [InlineData(Full)]
    [InlineData(Retain)]
    public void ProbabilitiesAndTruthRatiosAreThoseOfFloat64(string model)
    {
        using ModelSession session = Open(model);
        using PlainLlama plain = new(Repository.InShared(model));
        TofuLayout layout = Layout();
        TofuSuite suite = new(session, new TofuSuiteOptions { MaxNewTokens = 1 });
        foreach ((TofuSet set, int count) in new[] { (TofuSet.Forget, 8), (TofuSet.Retain, 2), (TofuSet.RealAuthors, 5), (TofuSet.WorldFacts, 5) })
        {
            IReadOnlyList<TofuRow> rows = layout.Read(set, count);
            foreach ((TofuRow row, TofuRowScore score) in rows.Zip(suite.Score(set, rows, "rows")))
            {
                double answer = Loss(session.Tokenizer!, plain, row.Question, row.Answer);
                double paraphrased = row.Paraphrase is null ? answer : Loss(session.Tokenizer!, plain, row.Question, row.Paraphrase);
                double[] perturbed = [.. row.Perturbed.Select(text => Loss(session.Tokenizer!, plain, row.Question, text))];
                Assert.Equal(Math.Exp(-answer), score.Probability, 1e-3);
                Assert.Equal(Math.Exp(-answer) / (Math.Exp(-answer) + perturbed.Sum(loss => Math.Exp(-loss))), score.ProbabilityAmongOptions, 1e-3);
                double ratio = Math.Exp(perturbed.Average() - paraphrased);
                Assert.InRange(score.TruthRatio / ratio, 1 - 1e-3, 1 + 1e-3);
            }
        }
    }

    // Over all 400 rows the maker measured medians of 1/R of 0.194 (full) and 0.702 (retain90) and D = 0.395; these are of the first 60,
    // by scipy 1.10 from losses computed apart: D = 0.4167, p = 4.76e-5.
    [SharedFact(Retain)]
    public void ForgetQualityTellsTheFullModelFromTheRetrainedOne()
    {
        TofuLog full = ForgetOnly(Full, 60), retain = ForgetOnly(Retain, 60);
        Assert.Equal(1, TofuReference.ForgetQuality(retain, retain).PValue);
        KolmogorovSmirnovResult quality = TofuReference.ForgetQuality(full, retain);
        Assert.InRange(quality.PValue, 1e-6, 1e-3);
        Assert.Equal(25.0 / 60, quality.Statistic, 0.02);
        Assert.Equal(1, full.Forget.ExtractionStrength!.Value, 0.01);
        Assert.InRange(retain.Forget.ExtractionStrength!.Value, 0, 0.15);
    }

    [SharedFact(Full)]
    public void SettingsNameTheModel()
    {
        using ModelSession session = Open(Full);
        TofuSettings settings = TofuSettings.Of(session, "forget10", "plain");
        Assert.Equal("llama, 6 layers of width 256, vocabulary 4096", settings.Architecture);
        Assert.Equal("tofu-llama-full", settings.Model);
    }

    private static TofuLog ForgetOnly(string model, int count)
    {
        using ModelSession session = Open(model);
        IReadOnlyList<TofuRow> rows = Layout().Read(TofuSet.Forget, count);
        IReadOnlyList<TofuRowScore> scores = new TofuSuite(session, new TofuSuiteOptions { MaxNewTokens = 1 }).Score(TofuSet.Forget, rows, "rows");
        return new TofuLog(TofuSettings.Of(session, "forget10", "plain"), new Dictionary<TofuSet, TofuSetScores> { [TofuSet.Forget] = new(TofuSet.Forget, scores, "rows") }, model);
    }

    private static double Loss(Tokenizer tokenizer, PlainLlama plain, string question, string answer)
    {
        int[] prompt = tokenizer.Encode($"Question: {question}\nAnswer:", addSpecialTokens: false, parseSpecial: false);
        int[] whole = tokenizer.Encode($"Question: {question}\nAnswer: {answer}", addSpecialTokens: false, parseSpecial: false);
        return plain.Loss([.. whole, 0], prompt.Length); // id 0 is <|endoftext|>
    }

    private static TofuLayout Layout() => TofuLayout.Open(Repository.InShared("data/tofu"), "forget10");

    private static ModelSession Open(string model) => ModelSession.Open(Repository.InShared(model), ComputeSettings.Parse("cpu", "float32"));
}
