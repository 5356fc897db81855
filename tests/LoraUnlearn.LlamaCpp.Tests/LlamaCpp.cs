using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace LoraUnlearn.LlamaCpp.Tests;

/// <summary>The real llama.cpp with a model in it, computing in float32 on the processor.</summary>
internal sealed class LlamaCppModel : IDisposable
{
    private static readonly StringBuilder Log = new();

    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    static LlamaCppModel() => NativeLibraryConfig.All.WithLogCallback((level, message) =>
    {
        lock (Log)
        {
            Log.Append(level >= LLamaLogLevel.Warning ? message : "");
        }
    });

    public LlamaCppModel(string path, uint context = 64)
    {
        ModelParams settings = new(path)
        {
            ContextSize = context,
            BatchSize = context,
            GpuLayerCount = 0,
            Threads = 1,
            BatchThreads = 1,
            FlashAttention = false,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
        };
        try
        {
            _weights = LLamaWeights.LoadFromFile(settings);
            _context = _weights.CreateContext(settings);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}: {LogText()}", error);
        }
    }

    /// <summary>What the file says about itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    public SafeLlamaModelHandle.Vocabulary Vocabulary => _weights.Vocab;

    /// <summary>What llama.cpp wrote since the last call, from warnings up.</summary>
    public static string LogText()
    {
        lock (Log)
        {
            string text = Log.ToString();
            Log.Clear();
            return text;
        }
    }

    public LoraAdapter LoadAdapter(string path)
    {
        try
        {
            return _weights.NativeHandle.LoadLoraFromFile(path);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}: {LogText()}", error);
        }
    }

    /// <summary>Switches adapters on, each with its factor; none switches all off.</summary>
    public void Apply(params (LoraAdapter Adapter, float Factor)[] adapters) => _context.NativeHandle.SetLoraAdapters(adapters);

    /// <summary>The logits after each token, [t][v].</summary>
    public float[][] Logits(IReadOnlyList<long> ids)
    {
        _context.NativeHandle.MemoryClear();
        LLamaBatch batch = new();
        for (int position = 0; position < ids.Count; position++)
        {
            batch.Add((LLamaToken)(int)ids[position], position, LLamaSeqId.Zero, true);
        }

        Assert.Equal(DecodeResult.Ok, _context.NativeHandle.Decode(batch));
        return [.. Enumerable.Range(0, ids.Count).Select(position => _context.NativeHandle.GetLogitsIth(position).ToArray())];
    }

    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial) =>
        [.. _weights.Tokenize(text, addSpecial, parseSpecial, Encoding.UTF8).Select(token => (int)token)];

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
