"use strict";
const MAX_TEXTS = 256; // of one request; more lines are sent in several
const MAX_EXPLAINED = 500; // characters of a text whose words are marked
const POLL_MS = 300;
const byId = (id) => document.getElementById(id);
let language = (navigator.language || "en").toLowerCase().startsWith("ko") ? "ko" : "en";
let words = WORDS[language];
let models = [];
let table = null; // the table in hand: its address, and its record once it is finished

const percent = (share) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
const whole = (number) => new Intl.NumberFormat(language).format(number);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function speak() {
  words = WORDS[language];
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  byId("language").textContent = words.other;
  byId("language").lang = language === "ko" ? "en" : "ko";
}

function fail(message) {
  byId("fault").textContent = message;
  byId("fault").hidden = !message;
}

// Calls the service; asks for a key where one is needed, and tries again where it is busy.
async function call(path, options = {}) {
  const key = sessionStorage.getItem("key");
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  for (;;) {
    let response;
    try {
      response = await fetch(path, { ...options, headers });
    } catch (error) {
      if (error.name === "AbortError") throw new Error(words.cancelled);
      throw new Error(words.gone);
    }
    if (response.status === 429) {
      byId("state").textContent = words.busy;
      await wait(1000 * Number(response.headers.get("Retry-After") || 1));
      continue;
    }
    if (response.ok) return response;
    if (response.status === 401) byId("key-form").hidden = false;
    const fault = await response.json().catch(() => ({ error: response.statusText }));
    throw new Error(fault.error);
  }
}

const ownPath = (what) => `v1/models/${encodeURIComponent(byId("model").value)}/${what}`;
const asJson = (content) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Puts rows in place of those of a table; a cell is a text, a number, or an element.
function fill(target, titles, rows) {
  const head = element("thead");
  const line = element("tr");
  for (const [column, title] of titles.entries()) {
    const cell = element("th", title, rows.length && typeof rows[0][column] === "number" ? "number" : "");
    cell.scope = "col";
    line.append(cell);
  }
  head.append(line);
  const body = element("tbody");
  for (const cells of rows) {
    const row = element("tr");
    for (const cell of cells) {
      const made = element("td");
      if (typeof cell === "number") made.className = "number";
      if (cell instanceof Node) made.append(cell);
      else made.textContent = typeof cell === "number" ? whole(cell) : cell;
      row.append(made);
    }
    body.append(row);
  }
  target.replaceChildren(...[target.caption, head, body].filter(Boolean));
}

function meter(share, name) {
  const cell = element("span");
  const bar = element("meter");
  bar.value = share;
  bar.setAttribute("aria-label", name);
  cell.append(bar, ` ${percent(share)}`);
  return cell;
}

async function classify(event) {
  event.preventDefault();
  fail("");
  const texts = byId("texts").value.split("\n").filter((text) => text.trim());
  if (!texts.length) return byId("texts").focus();
  try {
    const answers = [];
    for (let begin = 0; begin < texts.length; begin += MAX_TEXTS) {
      const response = await call(ownPath("predict"), asJson({ texts: texts.slice(begin, begin + MAX_TEXTS) }));
      answers.push(...(await response.json()).predictions);
    }
    showAnswers(texts, answers);
    if (texts.length === 1 && answers[0].label !== null && texts[0].length <= MAX_EXPLAINED) await explain(texts[0]);
  } catch (error) {
    fail(error.message);
  }
}

function showAnswers(texts, answers) {
  const found = element("table");
  const rows = answers.map((answer, number) => [
    answer.label ?? `${words.noAnswer}: ${answer.no_answer}`,
    answer.label === null ? "" : meter(answer.probability, answer.label),
    element("span", texts[number]),
  ]);
  fill(found, [words.label, words.probability, words.text], rows);
  byId("answers").replaceChildren(wrapped(found, words.answers));
}

function wrapped(found, name) {
  const region = element("div", undefined, "scroll");
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", name);
  region.append(found);
  return region;
}

// Marks the words that carried the answer to a text.
async function explain(text) {
  const { words: parts, label } = await (await call(ownPath("explain"), asJson({ text }))).json();
  const characters = Array.from(text); // places count characters, and not halves of surrogate pairs
  const strongest = Math.max(...parts.map((part) => Math.abs(part.share)), 0.2);
  const shown = element("p", undefined, "explained");
  let end = 0;
  for (const part of parts) {
    shown.append(characters.slice(end, part.start).join(""));
    end = part.end;
    const share = part.share / strongest;
    const word = Math.abs(share) < 0.1 ? element("span", part.text) : element("mark", part.text, share > 0 ? "for" : "against");
    if (Math.abs(share) >= 0.5) word.classList.add("strong");
    word.title = new Intl.NumberFormat(language, { style: "percent", signDisplay: "always" }).format(part.share);
    shown.append(word);
  }
  shown.append(characters.slice(end).join(""));
  byId("answers").append(element("p", words.explained(label)), shown);
}

async function answerTable(file) {
  fail("");
  byId("report").hidden = true;
  byId("working").hidden = false;
  byId("progress").removeAttribute("value");
  byId("state").textContent = words.sending;
  const form = new FormData();
  if (byId("column").value.trim()) form.append("text_column", byId("column").value.trim());
  form.append("rejects", "keep");
  form.append("file", file);
  const sending = new AbortController();
  table = { sending };
  try {
    const options = { method: "POST", body: form, headers: { Prefer: "respond-async" }, signal: sending.signal };
    let record = await (await call(ownPath("table"), options)).json();
    table.path = `v1/tables/${record.id}`;
    while (record.state === "waiting" || record.state === "running") {
      showProgress(record);
      await wait(POLL_MS);
      record = await (await call(table.path, { signal: sending.signal })).json();
    }
    if (record.state === "failed") throw new Error(record.error);
    table.record = record;
    showReport();
  } catch (error) {
    fail(error.message);
  } finally {
    byId("working").hidden = true;
    byId("file").value = "";
  }
}

function showProgress(record) {
  if (record.fraction !== null) byId("progress").value = record.fraction;
  const { rows } = record.counts;
  byId("state").textContent =
    record.state === "waiting"
      ? words.waiting
      : words.working(whole(rows), whole(Math.round(record.rows_per_second || 0)), record.seconds_left && whole(Math.ceil(record.seconds_left)));
}

function cancel() {
  table.sending.abort();
  if (table.path) call(table.path, { method: "DELETE" }).catch(() => {});
}

function showReport() {
  const { counts, summary, notes, has_rejects: hasRejects } = table.record;
  byId("counts").textContent = words.done(whole(counts.rows), whole(counts.written), whole(counts.rejected), whole(counts.empty));
  byId("notes").replaceChildren(...notes.map((note) => element("li", note)));
  byId("rejects").hidden = !hasRejects || !counts.rejected;
  fill(byId("classes"), [words.label, words.rows, words.counted, words.corrected], summary.shares.map((share) => [share.label, share.counted, meter(share.raw ?? 0, share.label), corrected(share)]));
  byId("correction").textContent = summary.not_corrected === null ? words.correctedBy(summary.known_errors) : words.notCorrected(summary.not_corrected);
  const columns = Object.keys(summary.groups);
  byId("group").replaceChildren(...columns.map((column) => element("option", column)));
  byId("by").hidden = byId("groups-region").hidden = !columns.length;
  if (columns.length) showGroup();
  fill(byId("least"), [words.row, words.label, words.probability, words.text], summary.least_certain.map((row) => [row.row, row.label || "–", percent(row.probability), element("span", row.text)]));
  byId("report").hidden = false;
  byId("report").focus();
}

function showGroup() {
  const { summary } = table.record;
  const column = byId("group").value;
  const groups = [...summary.groups[column]].sort((one, other) => one.value.localeCompare(other.value, language, { numeric: true }));
  byId("groups-title").textContent = column;
  fill(byId("groups"), [column, words.total, ...summary.labels], groups.map(({ value, rows, shares }) => [value || "–", rows, ...shares.map((share) => `${whole(share.counted)} (${percent(share.corrected ?? share.raw ?? 0)})`)]));
}

function corrected({ corrected: share, interval }) {
  return share === null ? "–" : `${percent(share)} (${interval.map(percent).join("–")})`;
}

// A link cannot carry a key, so the file is fetched and handed to the browser.
async function save(path, name) {
  try {
    const content = URL.createObjectURL(await (await call(path)).blob());
    const link = element("a");
    link.href = content;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(content), 60000);
  } catch (error) {
    fail(error.message);
  }
}

async function loadModels() {
  try {
    models = (await (await call("v1/models")).json()).models;
    byId("model").replaceChildren(...models.map(({ model }) => element("option", model)));
    fail("");
  } catch (error) {
    fail(error.message);
  }
}

function listen() {
  byId("texts-form").addEventListener("submit", classify);
  byId("texts").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("texts-form").requestSubmit();
  });
  byId("file").addEventListener("change", () => byId("file").files.length && answerTable(byId("file").files[0]));
  byId("table-form").addEventListener("submit", (event) => event.preventDefault());
  byId("group").addEventListener("change", showGroup);
  byId("cancel").addEventListener("click", cancel);
  byId("download").addEventListener("click", () => save(`${table.path}/output`, table.record.name));
  byId("rejects").addEventListener("click", () => save(`${table.path}/rejects`, "rejects.jsonl"));
  byId("language").addEventListener("click", () => {
    language = language === "ko" ? "en" : "ko";
    speak();
    if (table && table.record) showReport();
  });
  byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("key", byId("key").value);
    byId("key-form").hidden = true;
    loadModels();
  });
  for (const name of ["dragenter", "dragover"]) {
    byId("drop").addEventListener(name, (event) => {
      event.preventDefault();
      byId("drop").classList.add("over");
    });
  }
  byId("drop").addEventListener("dragleave", () => byId("drop").classList.remove("over"));
  byId("drop").addEventListener("drop", (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    if (event.dataTransfer.files.length) answerTable(event.dataTransfer.files[0]);
  });
}

speak();
listen();
loadModels();
