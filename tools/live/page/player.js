/* A stored model that plays in the page (rnncourse/widgets/player.py describes it): a form, and what it makes, as it is
   made. The model's file is loaded by the reader's click, into the page's one worker; its pieces come through the queue
   of live.js, so that a cell can run between two of them. */
import { config, folder, megabytes, python } from "./live.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const PATIENCE = 4000; // milliseconds
const loaded = new Map(); // model → how often Python had been started anew when it was loaded
let count = 0;

class Player {
  constructor(figure) {
    const find = (what) => figure.querySelector(what);
    this.spec = JSON.parse(find("script.rnn-spec").textContent);
    this.file = config.models?.[this.spec.model];
    figure.dataset.ready = "";
    if (!this.file) return; // a site without this model shows the example
    this.key = `${this.spec.name} ${++count}`;
    this.form = find("form");
    this.go = find("[type=submit]");
    this.halt = find("[data-act=stop]");
    this.note = find(".rnn-size");
    this.status = find(".rnn-readout");
    this.picture = find(".rnn-picture");
    this.details = find(".rnn-details");
    this.inputs = [...figure.querySelectorAll("[data-param]")];
    this.note.id = `rnn-size-${count}`;
    this.go.setAttribute("aria-describedby", this.note.id);
    this.form.onsubmit = (event) => { event.preventDefault(); this.play(); };
    this.form.onkeydown = (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    };
    this.halt.onclick = () => this.stop();
    for (const input of this.inputs) input.addEventListener("input", () => this.number(input));
    this.inputs.forEach((input) => this.number(input));
    for (const offer of figure.querySelectorAll("[data-offer]")) {
      offer.onclick = () => { find(`[data-param=${offer.dataset.offer}]`).value = offer.textContent; };
    }
    python.listeners.add((words) => { if (!this.busy && !words) this.size(); });
    this.size();
    this.form.hidden = false;
    find(".rnn-still").hidden = true;
  }

  get there() {
    return python.ready !== null && loaded.get(this.spec.model) === python.restarted;
  }

  /* What the next click loads. */
  size() {
    const needed = (python.ready ? 0 : config.bytes) + (this.there ? 0 : this.file.bytes);
    this.tell(needed ? `loads ${megabytes(needed)} once` : "");
    this.go.title = needed ? `The click loads ${megabytes(needed)}, once` : "Ctrl-Enter";
  }

  tell(words, share = 0) {
    this.note.textContent = words;
    this.note.parentElement.style.setProperty("--share", share ?? 0);
  }

  number(input) {
    const words = input.type === "range" && input.parentElement.querySelector(".rnn-value");
    if (!words) return;
    words.textContent = Number(input.value).toFixed(Number(input.dataset.digits)).replace("-", "−");
    input.setAttribute("aria-valuetext", words.textContent);
  }

  get settings() {
    const value = (input) => {
      const typed = input.tagName === "TEXTAREA" || input.type === "text";
      const words = typed || (input.tagName === "SELECT" && isNaN(input.value));
      return words ? input.value : Number(input.value);
    };
    return Object.fromEntries(this.inputs.map((input) => [input.dataset.param, value(input)]));
  }

  async play() {
    if (this.busy) return;
    this.busy = true;
    this.stopped = false;
    this.words = "";
    this.buttons();
    this.say(this.there ? "At work …" : "Loading …");
    const told = (words, share) => this.tell(words, share);
    python.listeners.add(told);
    const error = await this.perform().catch((problem) => String(problem.message || problem));
    python.listeners.delete(told);
    this.busy = false;
    this.buttons();
    this.size();
    const stopped = this.stopped || error?.startsWith("stopped");
    this.say(this.words || (stopped ? "Stopped." : error ? `That did not work: ${error}` : "Done."));
  }

  /* All of it; returns what went wrong, or null. */
  async perform() {
    const { model, play } = this.spec, { bytes, sha256 } = this.file, player = this.key;
    const url = `${new URL("../models/", folder).href}${this.file.file}?${sha256.slice(0, 8)}`;
    const told = (come) => this.tell(`Loading the model: ${megabytes(come)} of ${megabytes(bytes)}`, come / bytes);
    let answer = await python.ask({ act: "load", player, model, url, sha256 }, told);
    if (answer.error || this.stopped) return answer.error;
    loaded.set(model, python.restarted);
    this.tell("");
    answer = await python.ask({ act: "begin", player, model, play, settings: this.settings });
    if (answer.error) return answer.error;
    this.say("At work …");
    do {
      answer = await python.ask({ act: "more", player, seconds: calm.matches ? 1 : 0.15 });
      this.show(answer.pieces || []);
    } while (!answer.error && !answer.done && !this.stopped);
    if (this.stopped && !answer.done) this.show((await python.ask({ act: "finish", player })).pieces || []);
    return answer.error;
  }

  show(pieces) {
    for (const piece of pieces) {
      if (piece.picture !== undefined) this.picture.innerHTML = piece.picture;
      if (piece.add !== undefined) this.picture.insertAdjacentHTML("beforeend", piece.add);
      if (piece.details !== undefined) this.details.innerHTML = piece.details;
      if (piece.label !== undefined) this.picture.setAttribute("aria-label", piece.label);
      if (piece.words !== undefined) this.words = piece.words;
    }
  }

  /* After the piece that is being made; a piece that takes too long is ended as a cell is. */
  stop() {
    this.stopped = true;
    python.withdraw(this.key);
    setTimeout(() => this.busy && this.stopped && python.stop(), PATIENCE);
  }

  /* The focus goes with the button that can be pressed. */
  buttons() {
    const other = this.busy ? [this.go, this.halt] : [this.halt, this.go];
    const had = document.activeElement === other[0];
    other[1].disabled = false;
    if (had) other[1].focus({ preventScroll: true });
    other[0].disabled = true;
  }

  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }
}

const begin = () => document.querySelectorAll("figure.rnn-player:not([data-ready])").forEach((one) => new Player(one));
begin();
window.rnncourse = Object.assign(window.rnncourse || {}, { players: { begin } });
