using System.Globalization;
using LoraUnlearn.ServeLoad;

// serve-load PROGRAM.dll MODEL ADAPTER[,ADAPTER…] ROWS.jsonl [CLIENTS [SECONDS]]: loads a server, and compares every answer with those of the verb generate.
// serve-load --adapters: what it costs to choose among adapters.
if (args is ["--adapters"])
{
    AdapterCost.Measure();
    return 0;
}

if (args.Length < 4)
{
    await Console.Error.WriteLineAsync("usage: serve-load PROGRAM.dll MODEL ADAPTER[,ADAPTER…] ROWS.jsonl [CLIENTS [SECONDS]], or serve-load --adapters");
    return 2;
}

int clients = args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 64;
int seconds = args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 60;
Expected expected = Expected.Of(args[0], args[1], args[2].Split(','), args[3]);
using ServerProcess server = ServerProcess.Start(args[0], args[1], args[2].Split(','));
using Load load = new(server, expected, clients, TimeSpan.FromSeconds(seconds));
return await load.RunAsync() ? 0 : 1;
