/* The page's Python: a worker that loads Pyodide and the course's package, then runs cells one after another. */
import { loadPyodide } from "./pyodide/pyodide.mjs";

let cells = null, python = null, loaded = 0, work = Promise.resolve();

/* Count the bytes of everything that is fetched, so that the page can show how far the loading is. */
const fetched = globalThis.fetch;
globalThis.fetch = async (...request) => {
  const answer = await fetched(...request);
  if (!answer.ok) throw new Error(`${answer.url.split("/").pop()} could not be loaded (${answer.status})`);
  const count = new TransformStream({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      postMessage({ loaded });
      out.enqueue(chunk);
    },
  });
  const { status, headers } = answer;
  const copy = new Response(answer.body.pipeThrough(count), { status, headers });
  Object.defineProperty(copy, "url", { value: answer.url });
  return copy;
};

async function start({ files, interrupt, past }) {
  const here = new URL("./", import.meta.url).href;
  python = await loadPyodide({
    indexURL: `${here}pyodide/`,
    lockFileURL: `${here}pyodide/pyodide-lock.json`,
    packages: ["numpy"],
    env: { MPLBACKEND: "agg", PYTHONUTF8: "1" },
  });
  if (interrupt) python.setInterruptBuffer(interrupt);
  await python.loadPackage(`${here}${files.wheel}`, { checkIntegrity: false });
  const runner = await (await fetch(`${here}cells.py`)).text();
  python.FS.writeFile("live_cells.py", runner);
  python.runPython("import sys; sys.path.insert(0, '.')");
  cells = python.pyimport("live_cells");
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
    const { text, html = null, error = null } = plain(cells.run(source, name, before));
    postMessage({ id, result: { text, html, error }, verdicts: plain(cells.verdicts()) });
  } finally {
    before.destroy();
  }
}

onmessage = ({ data }) => {
  work = work.then(async () => {
    try {
      await (data.id === undefined ? start(data) : run(data));
    } catch (error) {
      postMessage({ id: data.id, fatal: String(error?.message || error).split("\n").pop() });
    }
  });
};
