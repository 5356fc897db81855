using LoraUnlearn.Evaluation.Muse;

namespace LoraUnlearn.Tests.Evaluation.Muse;

public class PrivacyLeakageTests
{
    // METHODS §10, ((1−a) − (1−a_ref)) / (1−a_ref) · 100; the second number is 1 − a_ref, which is how MUSE publishes it.
    [Theory]
    [InlineData(1.0, 0.5, -100)] // every forget text is known: as MUSE reports it for a model before unlearning
    [InlineData(0.5, 0.5, 0)] // as retrained
    [InlineData(0.0, 0.5, 100)] // over-unlearned
    [InlineData(0.6, PrivacyLeakage.RetrainedNews, -16.177703269069571)] // (0.4 − 0.4772) / 0.4772
    [InlineData(0.6, PrivacyLeakage.RetrainedBooks, -25.829779343593547)] // (0.4 − 0.5393) / 0.5393
    public void IsTheDistanceFromARetrainedModel(double auc, double retrained, double expected) =>
        Assert.Equal(expected, PrivacyLeakage.Of(auc, retrained), 1e-9);

    [Fact]
    public void ARetrainedModelThatKnowsAllIsNoReference() =>
        Assert.Throws<InputException>(() => PrivacyLeakage.Of(0.5, 0));
}
