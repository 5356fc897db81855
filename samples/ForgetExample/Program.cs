using LoraUnlearn.Adapters;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

UnlearningRequest request = new()
{
    Model = args[0],
    Forget = args[1],
    Retain = args[2],
    Output = args[3],
    Rank = 8,
    Training = new TrainingOptions { Steps = 20 },
    Compute = ComputeSettings.Parse(device: "auto", dtype: "auto"),
    Measures = new BasicRunMeasures(),
};
UnlearningResult result = UnlearningRun.Execute(request);
Console.WriteLine($"answer probability: {result.Before.Forget:F3} before, {result.After.Forget:F3} after");

using ModelSession session = ModelSession.Open(request.Model, request.Compute);
using PeftAdapter adapter = PeftAdapter.Read(result.Adapter);
using FixedAdapter attached = new(session.Decoder, [new WeightedAdapter(adapter.Factors)]);
BasicMeasures measures = new BasicSuite(session, new BasicSuiteOptions()).Measure(session.Encode(request.Forget, request.Encoding).Examples);
Console.WriteLine($"ROUGE-L recall: {measures.RougeL:F3}");
