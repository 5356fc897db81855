using System.Diagnostics;
using LoraUnlearn.Data;
using LoraUnlearn.DemoModel;
using LoraUnlearn.DemoModel.People;
using LoraUnlearn.DemoModel.Tokenization;
using LoraUnlearn.DemoModel.Training;

long seed = 20;
string output = args[1];
Directory.CreateDirectory(output);
Census census = Census.Take(seed, 8, 112);
var forget = Interview.Ask(census.Forget, seed + 1);
var retain = Interview.Ask(census.Retain, seed + 2);
JsonFiles.WriteRows(Path.Combine(output, "forget.jsonl"), forget);
JsonFiles.WriteRows(Path.Combine(output, "retain.jsonl"), retain);
var vocabulary = BytePairTrainer.Train(forget.Concat(retain).Select(r => $"Question: {r.Question}\nAnswer: {r.Answer}"), 1024, ["<|endoftext|>", "<|pad|>"]);
foreach ((string name, var content) in TokenizerFiles.Describe(vocabulary, 256))
{
    JsonFiles.Write(Path.Combine(output, name), content);
}
LlamaShape shape = new(1024, 192, 4, 6, 3, 512, 256);
using Weights w = Weights.Draw(shape, seed);
Stopwatch watch = Stopwatch.StartNew();
FullTraining.Run(shape, w, new List<Example>(), new TrainingRecipe(), seed, (e, l) => Console.WriteLine($"{e} {l:F4} {watch.Elapsed}"));
