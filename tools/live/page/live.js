/* Python in the page: every cell that can run gets an editor and a button; one worker a page does the work.
   Nothing is loaded before the first click, and nothing that is typed leaves the page. */
export const config = JSON.parse(document.getElementById("live-config").textContent);
export const folder = new URL(config.folder, document.baseURI).href;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
export const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/* ---- what a reader typed and solved, kept in this browser alone ------------------------------------------------ */
const store = {
  read(key) {
    try { return JSON.parse(localStorage.getItem(`rnncourse:${key}`)); } catch { return null; }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(`rnncourse:${key}`);
      else localStorage.setItem(`rnncourse:${key}`, JSON.stringify(value));
      return true;
    } catch { return false; }
  },
  drafts() {
    let keys = [];
    try { keys = Object.keys(localStorage); } catch { /* a browser that keeps nothing */ }
    const found = keys.filter((key) => key.startsWith("rnncourse:draft:")).map((key) => store.read(key.slice(10)));
    return found.filter(Boolean).sort((a, b) => a.page.localeCompare(b.page) || a.place - b.place);
  },
};

/* ---- Python ---------------------------------------------------------------------------------------------------- */
class Python {
  constructor() {
    this.worker = null;
    this.ready = null;
    this.waiting = new Map(); // id → what to call with the answer
    this.queue = []; // what has not begun: the worker gets one message at a time
    this.count = 0;
    this.restarted = 0;
    this.running = null; // the id whose turn it is
    this.current = null; // its message
    this.posted = false; // whether the worker has it already
    this.listeners = new Set();
  }

  say(words, share = null) {
    for (const listener of this.listeners) listener(words, share);
  }

  start() {
    if (this.ready) return this.ready;
    this.interrupt = crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    this.ready = new Promise((resolve, reject) => {
      if (location.protocol === "file:") {
        throw new Error("a page opened as a file cannot start Python: run make serve and open the address it names");
      }
      this.worker = new Worker(`${folder}worker.js`, { type: "module" });
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "its files could not be loaded"));
        this.lost("Python stopped unexpectedly");
      };
      this.worker.onmessage = ({ data }) => this.heard(data, resolve, reject);
      const { files, chapters } = config;
      this.worker.postMessage({ files, chapters, interrupt: this.interrupt, past: store.read("verdicts") || {} });
    });
    this.ready.catch((error) => this.lost(`Python could not be started: ${error.message}`));
    return this.ready;
  }

  heard(data, resolve, reject) {
    if (data.loaded !== undefined) {
      const total = this.plotting ? config.bytes + config.plotting : config.bytes;
      const share = Math.min(data.loaded / total, 1);
      this.say(`Loading Python: ${megabytes(data.loaded)} of ${megabytes(total)}`, share);
    } else if (data.plotting !== undefined) {
      this.plotting = true;
      this.say(data.plotting ? `Loading matplotlib: ${megabytes(config.plotting)}` : "");
    } else if (data.part !== undefined) {
      this.current.told?.(data.part);
    } else if (data.ready) {
      this.say("");
      resolve();
    } else if (data.fatal !== undefined) {
      if (data.id === undefined) reject(new Error(data.fatal)); // `start` says the rest
      else this.lost(`Python could not go on: ${data.fatal}`);
    } else if (!data.began) {
      const done = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      this.running = null;
      this.posted = false;
      if (data.verdicts) store.write("verdicts", { ...store.read("verdicts"), ...data.verdicts });
      done?.(data.missing ? { text: "", html: null, error: null, missing: data.missing } : data.result);
      this.next();
    }
  }

  /* Resolve everything that waits, drop the worker; the next run starts another. */
  lost(error) {
    this.worker?.terminate();
    if (this.worker) this.restarted += 1;
    this.worker = this.ready = this.running = null;
    this.posted = this.plotting = false;
    this.queue = [];
    for (const done of this.waiting.values()) done({ text: "", html: null, error });
    this.waiting.clear();
    this.say("");
  }

  run(source, { name = "cell", above = [], anyway = true } = {}) {
    return this.ask({ source: String(source), name, above, anyway });
  }

  /* `told` is called with the bytes of a model that have come. */
  ask(message, told = null) {
    const id = ++this.count;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    this.queue.push({ ...message, id, told });
    this.next();
    return answer;
  }

  /* Take back what a player asked: what has not begun, and the model that is being loaded for it. */
  withdraw(player) {
    const waits = this.queue.filter((message) => message.player === player);
    const turn = this.running !== null && this.current.player === player;
    this.queue = this.queue.filter((message) => message.player !== player);
    if (turn && !this.posted) { waits.push(this.current); this.running = null; }
    if (turn && this.posted && this.current.act === "load") this.worker.postMessage({ abort: true });
    for (const { id } of waits) {
      this.waiting.get(id)?.({ text: "", html: null, error: "stopped: it had not begun" });
      this.waiting.delete(id);
    }
    this.next();
  }

  /* Hand the worker the next message, once it is there and idle. Where it cannot start, `lost` has answered everybody. */
  async next() {
    if (this.running !== null || !this.queue.length) return;
    const message = this.current = this.queue.shift();
    this.running = message.id;
    try { await this.start(); } catch { return; }
    if (this.running !== message.id) return;
    this.posted = true;
    this.worker.postMessage({ ...message, told: null });
  }

  /* Interrupt what runs, where the page is isolated; where that does not help within three seconds, replace the worker. */
  async stop() {
    const running = this.posted ? this.running : null;
    this.queue = [];
    for (const id of [...this.waiting.keys()].filter((id) => id !== running)) {
      this.waiting.get(id)({ text: "", html: null, error: "stopped: it had not begun" });
      this.waiting.delete(id);
    }
    if (running === null) { this.running = null; return; }
    if (this.interrupt) {
      this.interrupt[0] = 2;
      for (let k = 0; k < 60 && this.waiting.has(running); k++) await new Promise((wait) => setTimeout(wait, 50));
      if (!this.waiting.has(running)) return;
    }
    this.lost("stopped: Python was replaced, so what cells had made is gone; run the cells above again");
  }
}

export const python = new Python();

/* ---- cells ----------------------------------------------------------------------------------------------------- */
let editing = null;
const editor = () => (editing ??= import(`${folder}editor.js`).catch((error) => { editing = null; throw error; }));

class Cell {
  constructor(box, place) {
    this.box = box;
    this.place = place;
    this.pre = box.querySelector(".cell_input pre");
    this.original = this.pre.textContent.replace(/\n$/, "");
    this.exercise = box.dataset.exercise || "";
    this.name = this.exercise || `cell ${place + 1}`;
    this.key = `draft:${config.page}:${this.exercise || place}`;
    this.stored = box.querySelector(".cell_output");
    if (box.dataset.live === "") this.offer();
    else this.refuse(box.dataset.live);
  }

  get source() {
    const draft = store.read(this.key);
    return this.view ? this.view.text() : draft && draft.original === this.original ? draft.source : this.original;
  }

  offer() {
    this.edit = element("button", { type: "button" }, "Edit and run");
    this.note = element("span", { class: "live-note", role: "status" });
    this.bar = element("div", { class: "live-bar" }, this.edit, this.note);
    this.edit.title = `Runs in this page; the first click loads up to ${megabytes(config.bytes)}`;
    this.edit.onclick = () => this.open();
    this.box.querySelector(".cell_input").after(this.bar);
    const draft = store.read(this.key);
    if (draft) this.say("Your own text is kept in this browser.");
    else this.size();
  }

  size() {
    if (!python.ready) this.say(`loads up to ${megabytes(config.bytes)}, once`);
  }

  refuse(reason) {
    this.box.querySelector(".cell_input").after(element("div", { class: "live-bar live-why" }, reason));
  }

  say(words) {
    this.note.textContent = words;
  }

  async open() {
    if (this.view) return this.view.focus();
    this.edit.disabled = true;
    this.say("Loading the editor …");
    python.listeners.add(this.told ??= (words, share) => {
      if (!this.busy || words) this.say(words);
      this.bar.style.setProperty("--share", share === null ? 0 : share);
    });
    python.start().catch((error) => this.say(`Python could not be started: ${error.message}`));
    const draft = store.read(this.key), text = this.source;
    try {
      const { make } = await editor();
      const label = `Python code of ${this.exercise ? `the exercise ${this.exercise}` : this.name}. ` +
        "Escape, then Tab, leaves the editor.";
      this.view = make(text, { label, changed: (now) => this.keep(now), run: () => this.run() });
    } catch (error) {
      this.edit.disabled = false;
      return this.say(`The editor could not be loaded: ${error.message}`);
    }
    this.input = this.pre.closest("div[class^='highlight-'], div.highlight") || this.pre;
    this.input.hidden = true;
    this.input.after(this.view.dom);
    this.buttons();
    const other = draft && draft.original !== this.original;
    this.say(other ? "The page's code has changed since you wrote yours: Reset shows the new one." : "");
    this.view.focus();
  }

  buttons() {
    const button = (label, act, title) => {
      const made = element("button", { type: "button", title }, label);
      made.onclick = act;
      return made;
    };
    this.go = button("Run", () => this.run(), "Shift-Enter");
    this.halt = button("Stop", () => python.stop(), "Ends what runs");
    this.again = button("Reset", () => this.reset(), "Back to the page's own code; yours is forgotten");
    this.halt.disabled = true;
    this.edit.remove();
    this.bar.prepend(this.go, this.halt, this.again);
  }

  keep(text) {
    const { page, title } = config;
    const draft = { page, title, place: this.place, name: this.name, source: text, original: this.original };
    const kept = store.write(this.key, text === this.original ? null : draft);
    if (!kept) this.say("This browser keeps nothing: copy your code before you leave.");
    panel();
  }

  reset() {
    this.view.set(this.original);
    store.write(this.key, null);
    this.live?.remove();
    this.live = null;
    if (this.stored) this.stored.hidden = false;
    this.say("");
    panel();
  }

  above() {
    return cells.filter((cell) => cell.place < this.place).map((cell) => cell.source);
  }

  async run(anyway = false) {
    if (this.busy) return null;
    this.busy = true;
    this.go.disabled = true;
    this.halt.disabled = false;
    this.say("Running …");
    const result = await python.run(this.source, { name: this.name, above: this.above(), anyway });
    this.busy = false;
    this.go.disabled = false;
    this.halt.disabled = true;
    this.say("");
    if (result.missing) this.ask(result.missing);
    else this.show(result);
    panel();
    return result;
  }

  /* The cell uses what cells above make: offer to run them. */
  ask(names) {
    const all = element("button", { type: "button" }, "Run all above");
    const these = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
    const asked = element("div", { class: "live-ask" },
      `This cell uses ${these}, which cells above make, and they have not run here. `, all);
    all.onclick = () => this.runAbove();
    this.output(asked);
  }

  async runAbove() {
    for (const cell of cells.filter((c) => c.place < this.place && c.box.dataset.live === "")) {
      this.say(`Running ${cell.name} …`);
      this.go.disabled = true;
      this.halt.disabled = false;
      const result = await python.run(cell.source, { name: cell.name, above: cell.above() });
      if (result.error !== null) {
        this.go.disabled = false;
        this.halt.disabled = true;
        this.say("");
        this.output(element("div", {}, `${cell.name} above ended with an error:`,
          element("pre", { class: "live-error", tabindex: "0" }, result.error)));
        return;
      }
      if (cell.view) cell.show(result);
    }
    await this.run(true);
  }

  output(...parts) {
    if (this.stored) this.stored.hidden = true;
    this.live?.remove();
    this.live = element("div", { class: "live-output", "aria-live": "polite" }, ...parts);
    this.bar.after(this.live);
  }

  show({ text, html, error }) {
    const parts = [];
    const inWords = /rnncourse-check|rnn-player/.test(html ?? ""); // they say in words what they show
    const onlyWords = inWords ? "" : text;
    if (onlyWords) parts.push(element("pre", { tabindex: "0" }, onlyWords));
    if (html !== null) {
      const rich = element("div", { class: "live-html" });
      rich.innerHTML = html;
      parts.push(rich);
    }
    if (error !== null) parts.push(element("pre", { class: "live-error", tabindex: "0" }, error));
    this.output(...(parts.length ? parts : [element("p", { class: "live-note" }, "It ran, and shows nothing.")]));
    window.rnnFigures?.begin();
    window.rnncourse.players?.begin();
  }
}

/* ---- what is kept, at the end of the page ---------------------------------------------------------------------- */
function notebook() {
  const sections = [{ cell_type: "markdown", metadata: {}, source: "# My answers" }];
  let page = "";
  for (const draft of store.drafts()) {
    if (draft.page !== page) sections.push({ cell_type: "markdown", metadata: {}, source: `## ${draft.title}` });
    page = draft.page;
    sections.push({ cell_type: "code", metadata: {}, execution_count: null, outputs: [], source: draft.source });
  }
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  const identified = sections.map((cell, k) => ({ id: `answer-${k}`, ...cell }));
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: identified };
}

function download() {
  const file = new Blob([JSON.stringify(notebook(), null, 1)], { type: "application/x-ipynb+json" });
  const link = element("a", { href: URL.createObjectURL(file), download: "my-answers.ipynb" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

let kept = null;
function panel() {
  const drafts = store.drafts(), verdicts = Object.entries(store.read("verdicts") || {});
  if (!drafts.length && !verdicts.length) { kept?.remove(); kept = null; return; }
  const passed = verdicts.filter(([, found]) => found.includes(true)).map(([name]) => name);
  const words = `${drafts.length} cell${drafts.length === 1 ? "" : "s"} with your own text, ` +
    `${passed.length} exercise${passed.length === 1 ? "" : "s"} passed${passed.length ? `: ${passed.join(", ")}` : ""}. ` +
    "All of it is kept in this browser alone.";
  if (!kept) {
    const save = element("button", { type: "button" }, "Download my answers");
    save.onclick = download;
    kept = element("section", { class: "live-kept", "aria-label": "Your work" }, element("p"), save);
    document.querySelector(".bd-article")?.append(kept);
  }
  kept.querySelector("p").textContent = words;
  kept.querySelector("button").disabled = !drafts.length;
}

const cells = [...document.querySelectorAll("div.cell[data-live]")].map((box, place) => new Cell(box, place));
panel();

window.rnncourse = Object.assign(window.rnncourse || {}, {
  live: {
    run: (source, above = cells.map((cell) => cell.original)) => python.run(source, { above }),
    stop: () => python.stop(),
    get restarted() { return python.restarted; },
  },
});
