#!/usr/bin/env bash
# Tries the server with the client that most people have: the openai package of npm, put into a temporary folder.
# Completions, chat, streams, errors, for the demo's model and its adapter, compared with the verb generate. Skipped, saying why, where there is no node.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

skip() { echo "skipped: $*"; exit 0; }
command -v node >/dev/null 2>&1 || skip "node is not installed."
command -v npm >/dev/null 2>&1 || skip "npm is not installed."

if [ -z "${LORA_UNLEARN:-}" ]; then
  "$root/tools/lora-unlearn" --version >/dev/null
  program=(dotnet "$root/src/LoraUnlearn.Cli/bin/Release/net10.0/lora-unlearn.dll")
else
  program=("$LORA_UNLEARN")
fi

work=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
npm install --prefix "$work" --silent --no-audit --no-fund openai@7 >"$work/npm.log" 2>&1 || skip "the package openai could not be installed: $(tail -n 1 "$work/npm.log")"

model=$root/src/LoraUnlearn.Cli/Demo adapter=$root/adapters/demo-people
question='Where was Alba Alderholm born?'
"${program[@]}" generate --model "$model" --adapter "$adapter" --base --prompt "$question" --template plain --json --quiet >"$work/expected.json"
"${program[@]}" serve --model "$model" --name base --adapter "$adapter" --port 0 --json >"$work/server.json" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do
  grep -q '^}' "$work/server.json" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.1
done

cat >"$work/client.mjs" <<'CLIENT'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const [folder, question] = process.argv.slice(2);
const read = name => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
const client = new OpenAI({ baseURL: `${read('server.json').url}/v1`, apiKey: 'none', maxRetries: 0 });
const outputs = read('expected.json').rows[0].outputs.map(output => output.text);
const models = ['base', 'demo-people'];
const settings = { temperature: 0, max_tokens: 64 };

const listed = [];
for await (const model of client.models.list()) listed.push(model.id);
assert.deepEqual(listed, models);
assert.equal((await client.models.retrieve('base')).id, 'base');

await Promise.all(models.map(async (model, index) => {
  const messages = [{ role: 'user', content: question }];
  const chat = await client.chat.completions.create({ model, messages, ...settings });
  assert.equal(chat.choices[0].message.content, outputs[index]);
  assert.equal(chat.choices[0].finish_reason, 'stop');
  assert.ok(chat.usage.completion_tokens > 0);

  let text = '', usage;
  for await (const part of await client.chat.completions.create({ model, messages, ...settings, stream: true, stream_options: { include_usage: true } })) {
    text += part.choices[0]?.delta?.content ?? '';
    usage = part.usage ?? usage;
  }
  assert.equal(text, outputs[index]);
  assert.deepEqual(usage, chat.usage);

  const prompt = `Question: ${question}\nAnswer:`;
  const whole = await client.completions.create({ model, prompt, ...settings });
  assert.equal(whole.choices[0].text, outputs[index]);
  let streamed = '';
  for await (const part of await client.completions.create({ model, prompt, ...settings, stream: true })) streamed += part.choices[0].text;
  assert.equal(streamed, outputs[index]);
}));
assert.notEqual(outputs[0], outputs[1]);

const stream = await client.completions.create({ model: 'base', prompt: 'Once', max_tokens: 200, stream: true });
for await (const part of stream) { stream.controller.abort(); break; }
await assert.rejects(client.completions.create({ model: 'no-such', prompt: 'x' }), OpenAI.NotFoundError);
await assert.rejects(client.completions.create({ model: 'base', prompt: 'x', max_tokens: -1 }), OpenAI.BadRequestError);
console.log('openai for node: models, chat, completions, streams, an aborted stream and errors are as they should be');
CLIENT
(cd "$work" && node client.mjs "$work" "$question")

kill -TERM "$server"
code=0
wait "$server" || code=$?
server=
[ "$code" -eq 0 ] || { echo "the server ended with exit code $code" >&2; cat "$work/server.log" >&2; exit 1; }
if grep -q Alderholm "$work/server.log"; then echo "the log repeats a request's text" >&2; exit 1; fi
