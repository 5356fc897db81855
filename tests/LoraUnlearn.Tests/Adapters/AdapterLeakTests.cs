using LoraUnlearn.Adapters;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

[Collection(RunsAlone.Name)]
public class AdapterLeakTests
{
    [Fact]
    public void NothingIsLeftBehind()
    {
        using FixtureModel fixture = new();
        LeftBehind.AssertNothing(() =>
        {
            using (PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder))
            using (FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors), new(adapter.Factors, 0.5)]))
            using (DisposeScope scope = NewDisposeScope())
            {
                fixture.Logits();
            }
        });
    }
}
