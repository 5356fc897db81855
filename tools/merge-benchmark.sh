#!/usr/bin/env bash
# Merges an adapter into a synthetic checkpoint (Llama's shapes, bfloat16, 4 shards) and compares: speed with that of cp over the same
# files in the same run, both until the disk has the bytes; the largest memory of the process. Fails under half of cp's speed or over 400 MB.
# Usage: tools/merge-benchmark.sh [GIGABYTES] [RANK] [ROUNDS]     (1, 16, 3)     Environment: WORK (a folder on the disk to measure), LORA_UNLEARN (the program; published unless given)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

gigabytes=${1:-1} rank=${2:-16} rounds=${3:-3}

work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$work"' EXIT
# As it is published for a machine: compiled ahead, so that the compiler at run time is no part of the figure.
if [ -z "${LORA_UNLEARN:-}" ]; then
  echo "publishing lora-unlearn…"
  dotnet publish "$root/src/LoraUnlearn.Cli" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -o "$work/program" --nologo -v quiet </dev/null
  program=("$work/program/lora-unlearn")
else
  program=("$LORA_UNLEARN")
fi
mkdir "$work/model" "$work/adapter"

# Random values, written without any library: a header and bytes whose exponents are small (weights about 0.03, factors about 0.01).
python3 - "$work" "$gigabytes" "$rank" <<'PYTHON'
import json, os, struct, sys

work, gigabytes, rank = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
width, inner, vocabulary, shards = 2048, 5504, 32000, 4
maps = {"self_attn.q_proj": (width, width), "self_attn.k_proj": (width, width), "self_attn.v_proj": (width, width), "self_attn.o_proj": (width, width),
        "mlp.gate_proj": (inner, width), "mlp.up_proj": (inner, width), "mlp.down_proj": (width, inner)}
layer = 2 * sum(o * i for o, i in maps.values())
layers = max(1, round((gigabytes * 1e9 - 2 * 2 * vocabulary * width) / layer))


def noise(count, top):
    # bfloat16: sign at random, exponent below 2^top, mantissa at random; the same block again and again.
    block = bytearray(os.urandom(1 << 20))
    for high in range(1, len(block), 2):
        block[high] = (block[high] & 0x80) | ((top + 127) >> 1)
    data = bytes(block) * (2 * count // len(block) + 1)
    return data[:2 * count]


def write(path, tensors, top):
    header, position = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, shape in tensors:
            file.write(noise(shape[0] * (shape[1] if len(shape) > 1 else 1), top))


tensors = [("model.embed_tokens.weight", [vocabulary, width])]
for number in range(layers):
    tensors += [(f"model.layers.{number}.{name}.weight", list(shape)) for name, shape in maps.items()]
    tensors += [(f"model.layers.{number}.{name}.weight", [width]) for name in ("input_layernorm", "post_attention_layernorm")]
tensors += [("model.norm.weight", [width]), ("lm_head.weight", [vocabulary, width])]
size = -(-len(tensors) // shards)
index = {}
for shard in range(shards):
    name = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
    part = tensors[shard * size:(shard + 1) * size]
    write(f"{work}/model/{name}", part, -5)
    index.update({tensor: name for tensor, _ in part})
json.dump({"metadata": {}, "weight_map": index}, open(f"{work}/model/model.safetensors.index.json", "w"))
json.dump({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": 16,
           "num_key_value_heads": 16, "vocab_size": vocabulary, "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": False,
           "torch_dtype": "bfloat16"}, open(f"{work}/model/config.json", "w"))
factors = []
for number in range(layers):
    for name, (o, i) in maps.items():
        factors += [(f"base_model.model.model.layers.{number}.{name}.lora_A.weight", [rank, i]), (f"base_model.model.model.layers.{number}.{name}.lora_B.weight", [o, rank])]
write(f"{work}/adapter/adapter_model.safetensors", factors, -7)
json.dump({"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "target_modules": sorted({name.split(".")[1] for name in maps})}, open(f"{work}/adapter/adapter_config.json", "w"))
PYTHON
sync -f "$work"
bytes=$(cat "$work"/model/*.safetensors | wc -c)

now() { date +%s%N; }

best_copy=0 best_merge=0 memory=0
for ((round = 1; round <= rounds; round++)); do
  begun=$(now)
  mkdir "$work/copy" && cp "$work"/model/*.safetensors "$work/copy/"
  cached=$((($(now) - begun) / 1000000))
  sync -f "$work/copy"
  copy=$((($(now) - begun) / 1000000))
  rm -rf "$work/copy"
  sync -f "$work"
  # Milliseconds and kilobytes of the largest resident memory, as the system accounts for the process: nothing polls beside it.
  read -r merge peak < <(python3 -c 'import resource, subprocess, sys, time
begun = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(round((time.monotonic() - begun) * 1000), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)' "${program[@]}" merge --model "$work/model" --adapter "$work/adapter" --out "$work/merged" --quiet) || { echo "the merge failed" >&2; exit 1; }
  [ -e "$work/merged/config.json" ] || { echo "the merge failed" >&2; exit 1; }
  rm -rf "$work/merged"
  sync -f "$work"
  echo "round $round: cp $cached ms, with sync $copy ms; merge $merge ms; largest resident memory $((peak / 1024)) MiB"
  if [ "$best_copy" -eq 0 ] || [ "$copy" -lt "$best_copy" ]; then best_copy=$copy; fi
  if [ "$best_merge" -eq 0 ] || [ "$merge" -lt "$best_merge" ]; then best_merge=$merge; fi
  if [ "$peak" -gt "$memory" ]; then memory=$peak; fi
done

percent=$((100 * best_copy / best_merge))
echo "$((bytes / 1000000)) MB in 4 shards, rank $rank: the best merge has $percent % of the speed of the best cp with sync; largest resident memory $((memory / 1024)) MiB"
[ "$percent" -ge 50 ] && [ $((memory * 1024)) -lt 400000000 ]
