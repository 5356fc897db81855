using System.Diagnostics;
using System.Text.Json;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Long lines are worked on in parts, so that memory stays a small multiple of the file (issue 12, item 14).</summary>
public sealed class LongLineTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    // The heap is limited to nine times the file: when all pieces of a line were kept, it took more than thirty times.
    [Fact]
    public async Task TokenizingALongLineTakesLittleMemory()
    {
        const int size = 6_000_000;
        string words = string.Concat(Enumerable.Range(0, size / 6).Select(index => index % 9 == 0 ? "Harlow" : index % 5 == 0 ? " bees<" : " was a"));
        string file = _demo.Write("long.txt", words);
        Assert.InRange(new FileInfo(file).Length, size - 6, size);

        ProcessStartInfo start = new("dotnet", [Path.ChangeExtension(typeof(CommandLine).Assembly.Location, ".dll"), "tokenize", "--model", DemoMaterial.Model, "--data", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{9 * size:X}";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        long commas = 0;
        char[] buffer = new char[1 << 16];
        for (int count; (count = await process.StandardOutput.ReadAsync(buffer)) > 0;)
        {
            commas += buffer.AsSpan(0, count).Count(',');
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        Assert.InRange(commas, size / 6, size);
    }

    // As nodes of a document the numbers of this row took 1.2 GB.
    [Fact]
    public void WritingALongRowOfScoresTakesLittleMemory()
    {
        const int tokens = 1_000_000;
        RowScore row = new(new SequenceScore(new float[tokens], new int[tokens]));
        using Utf8JsonWriter writer = JsonText.Writer(Stream.Null, isIndented: false);
        long before = GC.GetAllocatedBytesForCurrentThread();
        row.Write(writer);
        writer.Flush();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    // The same bytes as a document of the same numbers.
    [Fact]
    public void ScoresAreWrittenAsBefore()
    {
        RowScore row = new(new SequenceScore([-0.5f, float.NegativeInfinity, -1e-7f], [0, 7, 2]));
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = JsonText.Writer(stream, isIndented: false))
        {
            row.Write(writer);
        }

        Assert.Equal(
            """{"nll":null,"tokens":3,"probability":0,"log_probabilities":[-0.5,null,-1E-07],"ranks":[0,7,2],"argmax_match":[true,false,false]}""",
            System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void BytesThatAreCutWithinACharacterBecomeText()
    {
        using StringWriter text = new();
        using Utf8TextStream stream = new(text);
        foreach (byte value in "a€𝕏b"u8.ToArray())
        {
            stream.WriteByte(value);
        }

        Assert.Equal("a€𝕏b", text.ToString());
    }
}
