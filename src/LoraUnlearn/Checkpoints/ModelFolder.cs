using System.Security.Cryptography;

namespace LoraUnlearn.Checkpoints;

/// <summary>A Hugging Face model folder: config.json, safetensors weights, and usually tokenizer.json and generation_config.json.</summary>
public sealed class ModelFolder : IDisposable
{
    /// <summary>The file that makes a folder a model folder.</summary>
    public const string ConfigName = "config.json";

    private const string TokenizerName = "tokenizer.json";

    private string? _digest;

    private ModelFolder(string path, ModelConfig config, TensorSource weights)
    {
        Path = path;
        Config = config;
        Weights = weights;
    }

    /// <summary>The folder, as it was given.</summary>
    public string Path { get; }

    /// <summary>Its config.json, read when the folder was opened.</summary>
    public ModelConfig Config { get; }

    /// <summary>Its weights, by their names in the checkpoint; closed with the folder.</summary>
    public TensorSource Weights { get; }

    /// <summary>Path of its tokenizer.json; null where there is none, and rows must be token ids.</summary>
    public string? TokenizerPath => Existing(Path, TokenizerName);

    /// <summary>Opens a model folder: reads the configuration and the headers of the weights, and no weights yet.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="ignoredKeys">Keys of config.json that count as absent.</param>
    /// <returns>The open folder.</returns>
    /// <exception cref="InputException">
    /// It is no folder, or has no config.json or no safetensors weights, or one of its files is not right.
    /// </exception>
    public static ModelFolder Open(string directory, IReadOnlyCollection<string>? ignoredKeys = null)
    {
        RequireFolder(directory);
        string configPath = System.IO.Path.Combine(directory, ConfigName);
        if (!File.Exists(configPath))
        {
            throw new InputException(
                $"{directory}: there is no {ConfigName}. Expected a Hugging Face model folder: {ConfigName}, tokenizer.json and *.safetensors.");
        }

        ModelConfig config = ModelConfig.Open(configPath, ignoredKeys);
        return new ModelFolder(directory, config, TensorSource.Open(directory));
    }

    /// <summary>
    /// The SHA-256 over the bytes of config.json and of each weight file in the order of their names: what
    /// <c>cat config.json *.safetensors | sha256sum</c> prints. Computed at the first call.
    /// </summary>
    /// <returns>64 lowercase hexadecimal digits.</returns>
    /// <exception cref="InputException">A file can no longer be read.</exception>
    public string Digest()
    {
        return _digest ??= Compute();

        string Compute()
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] buffer = new byte[1 << 20];
            foreach (string file in Weights.Files.Prepend(Config.Source))
            {
                using FileStream stream = InputFile.Open(file);
                for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
                {
                    hash.AppendData(buffer, 0, count);
                }
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Closes the weights; tensors already read stay valid.</summary>
    public void Dispose() => Weights.Dispose();

    private static void RequireFolder(string directory)
    {
        if (File.Exists(directory))
        {
            throw new InputException($"{directory}: found a file, expected a model folder with {ConfigName}, tokenizer.json and *.safetensors.");
        }

        if (!Directory.Exists(directory))
        {
            throw new InputException($"{directory}: no such folder. Expected a model folder on this machine; models are not downloaded.");
        }
    }

    private static string? Existing(string folder, string name)
    {
        string path = System.IO.Path.Combine(folder, name);
        return File.Exists(path) ? path : null;
    }
}
