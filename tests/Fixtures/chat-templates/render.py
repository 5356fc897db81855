"""Renders the chat templates of this folder with Jinja2, set up as transformers sets it up, into golden.json."""
import json
import os

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = os.path.dirname(os.path.abspath(__file__))
# file: name of the template, BOS, EOS
FAMILIES = {
    "chatml": ("chatml", None, "<|im_end|>"),
    "chatml-standard-system": ("chatml", None, "<|im_end|>"),
    "qwen3": ("qwen3", None, "<|im_end|>"),
    "llama3": ("llama3", "<|begin_of_text|>", "<|eot_id|>"),
    "llama3-dated": ("llama3", "<|begin_of_text|>", "<|eot_id|>"),
    "gemma2": ("gemma", "<bos>", "<eos>"),
    "gemma3": ("gemma", "<bos>", "<eos>"),
    "llama2": ("llama2", "<s>", "</s>"),
    "mistral-v0.2": ("mistral", "<s>", "</s>"),
    "mistral-v1": ("mistral", "<s>", "</s>"),
    "mistral-v3": ("mistral", "<s>", "</s>"),
    "mistral-tekken": ("mistral", "<s>", "</s>"),
    "zephyr": ("zephyr", "<s>", "</s>"),
    "phi3": ("phi3", "<s>", "<|endoftext|>"),
    "phi3-no-system": ("phi3", "<s>", "<|endoftext|>"),
    "vicuna": ("vicuna", "<s>", "</s>"),
}
TWO = [("user", "Hello"), ("assistant", "Hi there"), ("user", "Who are you"), ("assistant", "   I am an assistant   ")]
CONVERSATIONS = {
    "one": [("user", " Who is Hina Ameen?\n"), ("assistant", "An author. ")],
    "two": TWO,
    "system": [("system", "You are a helpful assistant"), *TWO],
}


def fail(message):
    raise TemplateError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
environment.globals["raise_exception"] = fail


def render(program, turns, bos, eos, prompt):
    messages = [{"role": role, "content": content} for role, content in turns]
    try:
        return environment.from_string(program).render(messages=messages, bos_token=bos or "", eos_token=eos, add_generation_prompt=prompt, enable_thinking=False)
    except TemplateError:
        return None


golden = []
for file, (name, bos, eos) in FAMILIES.items():
    with open(os.path.join(HERE, file + ".jinja"), encoding="utf-8", newline="") as source:
        program = source.read()
    for conversation, turns in CONVERSATIONS.items():
        golden.append({
            "file": file, "name": name, "bos": bos, "eos": eos, "conversation": conversation, "turns": turns,
            "prompt": render(program, turns[:-1], bos, eos, True), "text": render(program, turns, bos, eos, False),
        })
with open(os.path.join(HERE, "golden.json"), "w", encoding="utf-8") as output:
    json.dump(golden, output, ensure_ascii=False, indent=1)
    output.write("\n")
