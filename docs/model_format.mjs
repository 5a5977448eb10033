// Ask a model directory from Node.js, one JSON line a text. Install and run:
//
//     npm install --ignore-scripts onnxruntime-node@1.30.0 tokenizers@0.23.2
//     node model_format.mjs DIRECTORY "이 영화 정말 최고예요" "a bad film"

import { readFileSync } from "node:fs";
import { join } from "node:path";
import tokenizers from "tokenizers";

// Read when onnxruntime is loaded: its telemetry searches the whole command line, and a long one ends the process.
process.env.ORT_DISABLE_TELEMETRY = "1";
const { default: ort } = await import("onnxruntime-node");

const BATCH_SIZE = 128;

const [directory, ...texts] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
if (manifest.format_version > 2 || (manifest.kind ?? "classifier") !== "classifier") {
  throw new Error(`${directory}: not a classifier of format 1 or 2`);
}
if ((manifest.task ?? "single_label") !== "single_label") {
  throw new Error(`${directory}: its task is ${manifest.task}, and only single_label is known here`);
}
const temperature = manifest.temperature ?? 1; // in format 1 the graph divides by it
const scales = manifest.scales ?? manifest.labels.map(() => 1 / temperature);
const biases = manifest.biases ?? manifest.labels.map(() => 0);
const tokenizer = tokenizers.Tokenizer.fromFile(join(directory, "tokenizer.json"));
const session = await ort.InferenceSession.create(join(directory, "model.onnx"));

/** Cut tokens into as few windows as possible, whose lengths differ by one at most. */
function windowsOf(ids) {
  const count = Math.ceil(ids.length / manifest.max_tokens);
  const start = (i) => Math.floor((i * ids.length) / count);
  return Array.from({ length: count }, (_, i) => ids.slice(start(i), start(i + 1)));
}

/** Return the probabilities of windows that all have one length. */
async function answersOf(batch) {
  const ids = BigInt64Array.from(batch.flat(), BigInt);
  const input = new ort.Tensor("int64", ids, [batch.length, batch[0].length]);
  const { logits } = await session.run({ input_ids: input }, ["logits"]);
  const classes = manifest.labels.length;
  return batch.map((_, row) => softmax([...logits.data.slice(row * classes, (row + 1) * classes)]));
}

function softmax(logits) {
  const mean = logits.reduce((a, b) => a + b) / logits.length;
  const scaled = logits.map((logit, label) => scales[label] * (logit - mean) + biases[label]);
  const highest = Math.max(...scaled);
  const powers = scaled.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

// Windows of one length make a batch, whosever they are: nothing is padded.
const byLength = new Map();
for (const [row, text] of texts.entries()) {
  const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
  for (const ids of windowsOf(encoding.getIds())) {
    if (!byLength.has(ids.length)) byLength.set(ids.length, []);
    byLength.get(ids.length).push({ row, ids });
  }
}

// The mean over the windows of a text, weighted by their tokens.
const sums = texts.map(() => manifest.labels.map(() => 0));
const totals = texts.map(() => 0);
for (const [length, windows] of byLength) {
  for (let begin = 0; begin < windows.length; begin += BATCH_SIZE) {
    const batch = windows.slice(begin, begin + BATCH_SIZE);
    const answers = await answersOf(batch.map(({ ids }) => ids));
    for (const [i, { row }] of batch.entries()) {
      totals[row] += length;
      answers[i].forEach((probability, label) => (sums[row][label] += length * probability));
    }
  }
}

for (const [row, text] of texts.entries()) {
  const probabilities = sums[row].map((sum) => sum / totals[row]);
  const best = probabilities.indexOf(Math.max(...probabilities)); // of equals the first
  const answer = totals[row] ? { label: manifest.labels[best], probability: probabilities[best] } : { label: null };
  console.log(JSON.stringify({ text, ...answer }));
}
