using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Chooses the next token: the most likely one, or one drawn by temperature, top-k and top-p, in this order.</summary>
internal sealed class TokenSampler : IDisposable
{
    private readonly Generator? _generator;
    private readonly GenerationOptions _options;

    /// <summary>Prepares a sampler.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="device">Where the logits are.</param>
    public TokenSampler(GenerationOptions options, Device device)
    {
        _options = options;
        _generator = options.Temperature > 0 ? new Generator(unchecked((ulong)options.Seed), device) : null;
    }

    /// <summary>Chooses a token of each row.</summary>
    /// <param name="logits">[b,v] float32.</param>
    /// <returns>Ids, int64 [b], in the caller's dispose scope.</returns>
    public Tensor Choose(Tensor logits)
    {
        if (_generator is null)
        {
            return logits.argmax(1);
        }

        using DisposeScope scope = NewDisposeScope();
        int kept = (int)Math.Min(_options.TopK, logits.shape[1]);
        (Tensor likeliest, Tensor tokens) = kept > 0 ? logits.topk(kept, 1) : logits.sort(1, descending: true); // [b,k]
        Tensor probabilities = (likeliest / Held(_options.Temperature)).softmax(1); // [b,k]
        if (_options.TopP < 1)
        {
            Tensor before = probabilities.cumsum(1) - probabilities; // the mass of the likelier tokens
            probabilities = probabilities.masked_fill(before >= Held(_options.TopP), Held(0));
        }

        Tensor place = probabilities.multinomial(1, generator: _generator); // [b,1]
        return tokens.gather(1, place).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _generator?.Dispose();
}
