using System.Globalization;
using LoraUnlearn.DemoModel;
using TorchSharp;

const string Usage = """
    Makes the files of the demo: people, questions, tokenizer, model, and the figures of the gold standard.

    demo-model --out DIR [--seed N] [--epochs N] [--threads N]
    """;

DemoRecipe recipe = new();
string? folder = null;
int threads = 1; // so that the bytes do not depend on the number of cores
for (int i = 0; i < args.Length; i += 2)
{
    string? value = i + 1 < args.Length ? args[i + 1] : null;
    bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
    switch (args[i])
    {
        case "--out" when value is not null:
            folder = value;
            break;
        case "--seed" when isNumber:
            recipe = recipe with { Seed = number };
            break;
        case "--epochs" when isNumber && number > 1:
            recipe = recipe with { Training = recipe.Training with { Epochs = number, EpochsOnAllTokens = number / 2 } };
            break;
        case "--threads" when isNumber && number > 0:
            threads = number;
            break;
        default:
            Console.Error.WriteLine(args[i] is "--help" or "-h" ? Usage : $"{args[i]} {value}: not understood.\n\n{Usage}");
            return args[i] is "--help" or "-h" ? 0 : 2;
    }
}

if (folder is null)
{
    Console.Error.WriteLine($"--out DIR is needed.\n\n{Usage}");
    return 2;
}

torch.set_num_threads(threads);
try
{
    Production.Run(recipe, folder, Console.Out);
    return 0;
}
catch (Exception exception) when (exception is InputException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
