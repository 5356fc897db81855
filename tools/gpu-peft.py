"""The training step that `lora-unlearn bench` measures, in Hugging Face transformers and PEFT: the same random Llama (12 layers, width
512, 32,000 tokens), rank 16 on all of its maps, half of the rows to forget by the inverted hinge and half to keep.

    python3 gpu-peft.py ROWS LENGTH [DTYPE]

Prints one JSON object: seconds of a step (the median of ten), tokens per second, and the most memory that torch allocated.
"""

import json
import statistics
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

MAPS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def inverted_hinge(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    probabilities = logits.float().softmax(-1)
    own = probabilities.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    others = probabilities.scatter(-1, labels.unsqueeze(-1), 0.0)
    return (1 + own - others.amax(-1)).mean()


def main() -> None:
    rows, length = int(sys.argv[1]), int(sys.argv[2])
    dtype = getattr(torch, sys.argv[3] if len(sys.argv) > 3 else "bfloat16")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    torch.manual_seed(42)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=32_000, hidden_size=512, intermediate_size=832, num_hidden_layers=12, num_attention_heads=8,
        num_key_value_heads=8, max_position_embeddings=2048, tie_word_embeddings=False)).to(device, dtype)
    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules=MAPS, task_type="CAUSAL_LM"))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.data = parameter.data.float()
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0)
    ids = torch.randint(0, 32_000, (rows, length), device=device)
    labels, half, seconds = ids[:, 1:], rows // 2, []
    for _ in range(13):
        wait()
        start = time.perf_counter()
        with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
            logits = model(input_ids=ids).logits[:, :-1]
        keep = torch.nn.functional.cross_entropy(logits[half:].flatten(0, 1).float(), labels[half:].flatten())
        (inverted_hinge(logits[:half], labels[:half]) + keep).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        wait()
        seconds.append(time.perf_counter() - start)
    step = statistics.median(seconds[3:])
    print(json.dumps({
        "torch": torch.__version__,
        "step_seconds": round(step, 4),
        "tokens_per_second": round(rows * length / step, 1),
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
    }))


if __name__ == "__main__":
    main()
