using System.Runtime.InteropServices;
using System.Text;
using LoraUnlearn.Cli;

using CancellationTokenSource interruption = new();

// The first signal asks the work to stop at a safe point; the second one is left to the system, which ends the process.
void Interrupt(PosixSignalContext signal)
{
    if (interruption.IsCancellationRequested)
    {
        return;
    }

    signal.Cancel = true;
    Console.Error.WriteLine();
    Console.Error.WriteLine("stopping at the next safe point (interrupt once more to stop at once)");
    interruption.Cancel();
}

using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
using StreamWriter output = new(Console.OpenStandardOutput(), utf8, bufferSize: 1 << 15) { NewLine = "\n" };
using StreamWriter error = new(Console.OpenStandardError(), utf8) { AutoFlush = true, NewLine = "\n" };
using Stream input = Console.OpenStandardInput();

Terminal terminal = new(input, output, error)
{
    OutIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
    Width = Terminal.MeasureWidth(),
};

return CommandLine.Run(args, terminal, interruption.Token);
