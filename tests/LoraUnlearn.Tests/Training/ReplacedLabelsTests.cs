using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

public class ReplacedLabelsTests
{
    private static readonly RandomLabelObjective Objective = new();

    [Fact]
    public void RandomLabelsAreNeverTheTrueOne()
    {
        LossPart part = new(Objective, 1, DataSide.Forget, TinyTask.Forget);
        long[] truth = [.. TinyTask.Forget.SelectMany(row => row.Sequence.Labels.Skip(1).Where(label => label >= 0)).Select(label => (long)label)];
        for (int draw = 0; draw < 200; draw++)
        {
            long[] drawn = RandomLabels.Draw(part with { Draw = draw }, 13, 42);
            Assert.All(drawn.Zip(truth), pair => Assert.NotEqual(pair.Second, pair.First));
            Assert.All(drawn, label => Assert.InRange(label, 0, 12));
        }
    }

    [Fact]
    public void RandomLabelsAreUniformOverTheOthers()
    {
        Example row = new(0, new([5, 5], [-100, 5]), null, new DataRow(DataRowKind.Tokens, 1), null);
        int[] counts = new int[13];
        for (int draw = 0; draw < 12_000; draw++)
        {
            counts[RandomLabels.Draw(new LossPart(Objective, 1, DataSide.Forget, [row]) { Draw = draw }, 13, 1)[0]]++;
        }

        Assert.Equal(0, counts[5]);
        Assert.All(counts.Where((_, label) => label != 5), count => Assert.InRange(count, 850, 1150)); // 1000 ± 5 standard deviations
    }

    [Fact]
    public void RandomLabelsDependOnSeedRowAndDrawAlone()
    {
        LossPart whole = new(Objective, 1, DataSide.Forget, TinyTask.Forget) { Draw = 3 };
        long[] all = RandomLabels.Draw(whole, 13, 42);
        Assert.Equal(all, RandomLabels.Draw(whole, 13, 42));
        Assert.Equal(all[^7..], RandomLabels.Draw(whole with { Examples = [TinyTask.Forget[5]] }, 13, 42));
        Assert.NotEqual(all, RandomLabels.Draw(whole with { Draw = 4 }, 13, 42));
        Assert.NotEqual(all, RandomLabels.Draw(whole, 13, 43));
    }

    [Fact]
    public void AdversarialLabelsAreTheReferencesSecondChoice()
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        (UnlearningStep step, LossPart part) = UnlearningStepTests.Prepare(task, "adversarial", TinyTask.Forget);
        double found = step.Losses([part])[0].ToDouble();

        double sum = 0;
        int count = 0, replacedMost = 0;
        foreach (Example row in TinyTask.Forget)
        {
            Tensor policy = Log(task.Decoder, row);
            Tensor reference;
            using (task.Adapters.SwitchOff())
            {
                reference = Log(task.Decoder, row);
            }

            for (int position = 2; position < row.Sequence.Length; position++)
            {
                double[] q = reference[position - 1].data<double>().ToArray();
                int label = row.Sequence.Labels[position];
                int second = Enumerable.Range(0, q.Length).Where(token => token != label).MaxBy(token => q[token]);
                replacedMost += q[label] > q[second] ? 1 : 0;
                sum -= policy[position - 1, second].ToDouble();
                count++;
            }
        }

        Assert.True(replacedMost > 0, "no label of these rows is the reference's first choice, so nothing would be tested");
        Assert.Equal(sum / count, found, 10);
    }

    [Fact]
    public void PreparedReferencesAreThoseComputedOnDemand()
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        ReferenceModel prepared = new(task.Adapters), lazy = new(task.Adapters);
        prepared.Prepare(new DirectPreferenceObjective(), DataSide.Forget, TinyTask.Forget);
        foreach (bool alternate in new[] { false, true })
        {
            Tensor difference = prepared.LogProbabilities(DataSide.Forget, TinyTask.Forget, alternate) - lazy.LogProbabilities(DataSide.Forget, TinyTask.Forget, alternate);
            Assert.InRange(difference.abs().max().ToDouble(), 0, 1e-6);
        }
    }

    private static Tensor Log(Decoder decoder, Example row)
    {
        Tensor ids = tensor([.. row.Sequence.InputIds.Select(id => (long)id)], [1, row.Sequence.Length]);
        return decoder.Logits(decoder.FinalNorm(decoder.Hidden(ids))).log_softmax(1);
    }
}
