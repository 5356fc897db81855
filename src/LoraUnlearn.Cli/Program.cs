using System.Text;
using LoraUnlearn.Cli;

using Interruption interruption = new();
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
