using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Outputs;
using LoraUnlearn.Serving.Http;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Cli.Work;

/// <summary>A model folder and adapter folders, with the names under which they are served.</summary>
/// <param name="BaseName">Name of the base.</param>
/// <param name="Adapters">The adapters.</param>
internal sealed record ServedFolders(string BaseName, IReadOnlyList<(string Name, string Folder)> Adapters)
{
    /// <summary>Finds the names.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="name">The base's name, or null.</param>
    /// <param name="adapters">DIR or NAME=DIR.</param>
    /// <exception cref="InputException">A name is empty or there twice.</exception>
    public static ServedFolders Of(string model, string? name, IReadOnlyList<string> adapters)
    {
        ServedFolders folders = new(name ?? FolderName.Of(model), [.. adapters.Select(Split)]);
        HashSet<string> names = new(StringComparer.Ordinal) { folders.BaseName };
        foreach ((string adapter, string folder) in folders.Adapters)
        {
            if (adapter.Length == 0 || !names.Add(adapter))
            {
                throw new InputException($"--adapter: {folder} would be served as '{adapter}', {(adapter.Length == 0 ? "which is no name" : "as another one is")}; give it a name of its own, as in --adapter NAME={folder}.");
            }
        }

        return folders;
    }

    /// <summary>Reads the adapters into memory.</summary>
    /// <param name="session">The base.</param>
    /// <param name="resident">Where they go.</param>
    /// <param name="asked">Makes prompts of chats; null for the model's own template.</param>
    /// <exception cref="InputException">An adapter cannot be read or does not fit, or there is no tokenizer.</exception>
    public ServedModel Load(ModelSession session, ResidentAdapters resident, PromptTemplate? asked)
    {
        Tokenizer tokenizer = session.RequireTokenizer();
        foreach ((string name, string folder) in Adapters)
        {
            using PeftAdapter adapter = PeftAdapter.Read(folder);
            resident.Add(name, new WeightedAdapter(adapter.Factors));
        }

        // An encoder for each text: it keeps what it has found, and is not safe for concurrent use.
        PromptTemplate template = session.Rows.TemplateFor(asked).Template;
        EncodingOptions options = new() { MaxLength = (int)session.Decoder.Spec.MaximumLength };
        ExampleEncoder Encoder() => session.Rows.Encoder(options, needsText: true, template);
        return new ServedModel(BaseName, resident, tokenizer)
        {
            EncodeText = text => Encoder().EncodePrompt(text),
            EncodeChat = messages => ChatPrompt(Encoder(), messages),
        };
    }

    private static int[] ChatPrompt(ExampleEncoder encoder, IReadOnlyList<ChatMessage> messages)
    {
        if (messages[^1].Role != "user")
        {
            throw new InputException("The last message is to be the user's, which is answered.");
        }

        // The answer is made up; only the prompt in front of it is used.
        ChatTurn[] turns = [.. messages.Select(message => new ChatTurn(message.Role switch { "user" => ChatRole.User, "assistant" => ChatRole.Assistant, _ => ChatRole.System }, message.Content)), new ChatTurn(ChatRole.Assistant, "?")];
        Example example = encoder.Encode([new DataRow(DataRowKind.Conversation, 1) { Turns = turns }], "messages")[0];
        return example.Sequence.InputIds[..example.PromptLength!.Value];
    }

    private static (string Name, string Folder) Split(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 || Directory.Exists(argument) ? (FolderName.Of(argument), argument) : (argument[..equals], argument[(equals + 1)..]);
    }
}
