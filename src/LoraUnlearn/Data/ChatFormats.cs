namespace LoraUnlearn.Data;

/// <summary>The chat formats by name. Each is what its model's published chat template renders for turns of plain text.</summary>
internal static class ChatFormats
{
    /// <summary>"Question: …\nAnswer: …", turn by turn.</summary>
    public static ChatFormat Plain { get; } = new()
    {
        Name = "plain",
        SystemAfter = "\n\n",
        UserBefore = "Question: ",
        UserAfter = "\n",
        AssistantBefore = "Answer:",
        AnswerLead = " ",
        AssistantAfter = string.Empty,
        AfterTurn = "\n\n",
        AppendEos = true,
    };

    /// <summary>Meta's Llama 2: the system text inside the first user turn. A further turn begins anew with BOS.</summary>
    public static ChatFormat Llama2 { get; } = new()
    {
        Name = "llama2",
        SystemBefore = "<<SYS>>\n",
        SystemAfter = "\n<</SYS>>\n\n",
        SystemInUser = true,
        UserBefore = "[INST] ",
        UserAfter = " [/INST]",
        AssistantBefore = string.Empty,
        AnswerLead = " ",
        AssistantAfter = " ",
        AfterTurn = "<s>",
        AppendEos = true,
        Trims = true,
    };

    /// <summary>Mistral 7B Instruct v0.1 and v0.2: as Llama 2 without system marks, and the space after the answer left out.</summary>
    public static ChatFormat Mistral { get; } = new()
    {
        Name = "mistral",
        SystemAfter = "\n\n",
        SystemInUser = true,
        UserBefore = "[INST] ",
        UserAfter = " [/INST]",
        AssistantBefore = string.Empty,
        AnswerLead = " ",
        AssistantAfter = string.Empty,
        AppendEos = true,
    };

    /// <summary>Llama 3.</summary>
    public static ChatFormat Llama3 { get; } = new()
    {
        Name = "llama3",
        Markers = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        Begin = "<|begin_of_text|>",
        SystemBefore = "<|start_header_id|>system<|end_header_id|>\n\n",
        SystemAfter = "<|eot_id|>",
        UserBefore = "<|start_header_id|>user<|end_header_id|>\n\n",
        UserAfter = "<|eot_id|>",
        AssistantBefore = "<|start_header_id|>assistant<|end_header_id|>\n\n",
        AssistantAfter = "<|eot_id|>",
        Trims = true,
    };

    /// <summary>ChatML: Qwen, SmolLM2 and many others.</summary>
    public static ChatFormat ChatMl { get; } = new()
    {
        Name = "chatml",
        Markers = ["<|im_start|>", "<|im_end|>"],
        SystemBefore = "<|im_start|>system\n",
        SystemAfter = "<|im_end|>\n",
        UserBefore = "<|im_start|>user\n",
        UserAfter = "<|im_end|>\n",
        AssistantBefore = "<|im_start|>assistant\n",
        AssistantAfter = "<|im_end|>",
        AfterTurn = "\n",
    };

    /// <summary>Gemma 1 to 3; the system text leads the first user turn.</summary>
    public static ChatFormat Gemma { get; } = new()
    {
        Name = "gemma",
        Markers = ["<bos>", "<start_of_turn>", "<end_of_turn>"],
        Begin = "<bos>",
        SystemAfter = "\n\n",
        SystemInUser = true,
        UserBefore = "<start_of_turn>user\n",
        UserAfter = "<end_of_turn>\n",
        AssistantBefore = "<start_of_turn>model\n",
        AssistantAfter = "<end_of_turn>",
        AfterTurn = "\n",
        Trims = true,
    };

    /// <summary>Zephyr: its role names are ordinary text, its ends are end-of-sequence tokens.</summary>
    public static ChatFormat Zephyr { get; } = new()
    {
        Name = "zephyr",
        Markers = ["</s>"],
        SystemBefore = "<|system|>\n",
        SystemAfter = "</s>\n",
        UserBefore = "<|user|>\n",
        UserAfter = "</s>\n",
        AssistantBefore = "<|assistant|>\n",
        AssistantAfter = "</s>",
        AfterTurn = "\n",
    };

    /// <summary>Phi-3 and Phi-3.5.</summary>
    public static ChatFormat Phi3 { get; } = new()
    {
        Name = "phi3",
        Markers = ["<|user|>", "<|assistant|>", "<|end|>"],
        SystemBefore = "<|system|>\n",
        SystemAfter = "<|end|>\n",
        UserBefore = "<|user|>\n",
        UserAfter = "<|end|>\n",
        AssistantBefore = "<|assistant|>\n",
        AssistantAfter = "<|end|>",
        AfterTurn = "\n",
    };

    /// <summary>Vicuna 1.1 and 1.5.</summary>
    public static ChatFormat Vicuna { get; } = new()
    {
        Name = "vicuna",
        DefaultSystem = "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.",
        SystemAfter = " ",
        UserBefore = "USER: ",
        UserAfter = " ",
        AssistantBefore = "ASSISTANT:",
        AnswerLead = " ",
        AssistantAfter = string.Empty,
        AppendEos = true,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChatFormat> All { get; } = [Plain, Llama2, Mistral, Llama3, ChatMl, Gemma, Zephyr, Phi3, Vicuna];

    /// <summary>The format of a name, or null.</summary>
    public static ChatFormat? Find(string name) => All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
