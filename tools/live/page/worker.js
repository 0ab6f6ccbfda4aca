/* The page's Python: a worker that loads Pyodide and the course's package, then runs cells one after another. */
import { loadPyodide } from "./pyodide/pyodide.mjs";

let cells = null, players = null, links = null, download = null, addresses = null, python = null, loaded = 0, work = Promise.resolve();

/* Count the bytes of everything that is fetched, so that the page can show how far the loading is. Pyodide swallows it
   where a file does not come, and then waits for ever: `failure` tells of it. */
let broken = null;
const fetched = globalThis.fetch, failure = new Promise((_, reject) => { broken = reject; });
failure.catch(() => {});
const fileOf = (url) => url.split("/").pop().split("?")[0];
const absent = (url) => new Error(`${fileOf(url)} could not be loaded: is there a network?`);
globalThis.fetch = async (...request) => {
  const url = String(request[0]?.url || request[0]);
  const lost = (error) => { broken(error); throw error; };
  const answer = await fetched(...request).catch(() => lost(absent(url)));
  if (!answer.ok) lost(new Error(`${fileOf(url)} could not be loaded (${answer.status})`));
  const count = new TransformStream({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      postMessage({ loaded });
      out.enqueue(chunk);
    },
  });
  const { status, headers } = answer;
  answer.body.pipeTo(count.writable).catch(() => broken(absent(url)));
  const copy = new Response(count.readable, { status, headers });
  Object.defineProperty(copy, "url", { value: answer.url });
  return copy;
};

async function start({ files, chapters, interrupt, past }) {
  const here = new URL("./", import.meta.url).href;
  const loading = loadPyodide({
    indexURL: `${here}pyodide/`,
    lockFileURL: `${here}pyodide/pyodide-lock.json`,
    packages: ["numpy"],
    env: { MPLBACKEND: "agg", PYTHONUTF8: "1" },
  });
  python = await Promise.race([loading, failure]);
  if (interrupt) python.setInterruptBuffer(interrupt);
  const packed = await (await fetch(`${here}${files.course}`)).arrayBuffer();
  const extractDir = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(packed, "gztar", { extractDir });
  const ours = { "cells.py": "live_cells.py", "players.py": "live_players.py", "chapter_links.py": "chapter_links.py" };
  for (const [file, name] of Object.entries(ours)) {
    python.FS.writeFile(name, await (await fetch(`${here}${file}`)).text());
  }
  python.runPython("import sys; sys.path.insert(0, '.')");
  cells = python.pyimport("live_cells");
  players = python.pyimport("live_players");
  links = python.pyimport("chapter_links");
  addresses = python.toPy(new Map(Object.entries(chapters).map(([number, address]) => [Number(number), address])));
  cells.remember(python.toPy(past));
  postMessage({ ready: true });
}

function plain(proxy) {
  const value = proxy.toJs({ dict_converter: Object.fromEntries });
  proxy.destroy();
  return value;
}

async function run({ id, source, name, above, anyway }) {
  const before = python.toPy(above);
  try {
    const plan = plain(cells.plan(source, before));
    if (plan.missing.length && !anyway) return postMessage({ id, missing: plan.missing });
    if (plan.plotting) {
      postMessage({ plotting: true });
      await python.loadPackage("matplotlib");
      postMessage({ plotting: false });
    }
    postMessage({ id, began: true });
    const { text, html: shown = null, error = null } = plain(cells.run(source, name, before));
    const html = shown && links.in_html(shown, addresses);
    postMessage({ id, result: { text, html, error }, verdicts: plain(cells.verdicts()) });
  } finally {
    before.destroy();
  }
}

/* ---- a stored model plays ---------------------------------------------------------------------------------------- */
/* Its file, once; how far it has come is told. What keeps it away is one line for the reader. */
async function bytesOf(url) {
  const parts = [];
  let count = 0;
  try {
    download = new AbortController();
    const answer = await fetched(url, { signal: download.signal });
    if (!answer.ok) return { error: `${fileOf(url)} could not be loaded (${answer.status})` };
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return { data: new Uint8Array(await new Blob(parts).arrayBuffer()) };
      parts.push(value);
      postMessage({ part: (count += value.byteLength) });
    }
  } catch (error) {
    return { error: error.name === "AbortError" ? "stopped" : absent(url).message };
  } finally {
    download = null;
  }
}

function given(value, use) {
  const proxy = python.toPy(value);
  try { return plain(use(proxy)); } finally { proxy.destroy(); }
}

const acts = {
  async load({ model, url, sha256 }) {
    if (players.has(model)) return { error: null };
    const { error, data } = await bytesOf(url);
    return error ? { error } : given(data, (bytes) => players.load(model, bytes, sha256));
  },
  begin: ({ player, model, play, settings }) => given(settings, (all) => players.begin(player, model, play, all)),
  more: ({ player, seconds }) => plain(players.more(player, seconds)),
  finish: ({ player }) => plain(players.finish(player)),
};

async function act(message) {
  let result = null;
  try {
    result = await acts[message.act](message);
  } catch (error) {
    if (error.name !== "PythonError") throw error;
    const line = error.message.trim().split("\n").pop();
    result = { error: line.startsWith("KeyboardInterrupt") ? "stopped" : line };
  }
  postMessage({ id: message.id, result });
}

onmessage = ({ data }) => {
  if (data.abort) return download?.abort();
  work = work.then(async () => {
    try {
      await (data.id === undefined ? start(data) : data.act ? act(data) : run(data));
    } catch (error) {
      postMessage({ id: data.id, fatal: String(error?.message || error).split("\n").pop() });
    }
  });
};
