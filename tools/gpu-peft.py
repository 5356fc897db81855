"""The recipe of gpu-check.sh in Hugging Face transformers and PEFT: gradient ascent on forget rows, descent on retain rows.

    python3 gpu-peft.py MODEL ROWS STEPS BATCH [DTYPE]

MODEL is a checkpoint's folder, ROWS a JSONL file of input_ids (every token after the first is scored). Prints one JSON object: tokens per
second of the training steps after the first three, and the peak memory that torch allocated.
"""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM


def main() -> None:
    folder, path, steps, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    dtype = getattr(torch, sys.argv[5] if len(sys.argv) > 5 else "bfloat16")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(42)
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=dtype).to(device)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules=targets, task_type="CAUSAL_LM"))
    trained = [p for p in model.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.data = parameter.data.float()
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0)
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line)["input_ids"] for line in file if line.strip()]

    tokens, start = 0, 0.0
    for step in range(steps):
        if step == 3:
            wait(device)
            tokens, start = 0, time.perf_counter()
        for sign, shift in ((-1.0, 0), (1.0, batch)):
            ids = [rows[(2 * batch * step + shift + i) % len(rows)] for i in range(batch)]
            longest = max(map(len, ids))
            inputs = torch.tensor([row + [0] * (longest - len(row)) for row in ids], device=device)
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids], device=device)
            labels = inputs.masked_fill(mask == 0, -100)
            with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
                loss = model(input_ids=inputs, attention_mask=mask, labels=labels).loss
            (sign * loss).backward()
            tokens += sum(map(len, ids))
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    wait(device)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else None
    print(json.dumps({
        "torch": torch.__version__,
        "tokens_per_second": round(tokens / (time.perf_counter() - start), 1),
        "peak_memory_bytes": peak,
    }))


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
