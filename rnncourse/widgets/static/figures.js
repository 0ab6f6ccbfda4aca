/* Interactive figures on a page without a kernel.
   Each <figure class="rnn-figure"> carries its description as JSON (made by rnncourse/widgets/figure.py) and a first
   picture. This file reads the description, shows the native controls, looks the values up (a grid) or computes
   them (a port of the NumPy function) and draws the panels by the rules of rnncourse/widgets/svg.py. */
(function (root) {
  "use strict";

  // ---- drawing: the same rules as svg.py -------------------------------------------------------------------
  let palette = {};
  const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  const escape = (words) => String(words).replace(/[&<>"']/g, (c) => escapes[c]);
  const colour = (name) => (name in palette ? `var(--rnn-${name},${palette[name]})` : name);
  const item = (value, k) => (Array.isArray(value) ? value[k] : value);
  const missing = (value) => value === null || value === undefined || !isFinite(value);
  const hundredth = (value) => String(Math.floor(value * 100 + 0.5) / 100);
  const count = (...all) => {
    const lists = all.filter(Array.isArray);
    return lists.length ? Math.max(...lists.map((a) => a.length)) : 1;
  };

  function number(value) {
    const tenth = Math.floor(value * 10 + 0.5), size = Math.abs(tenth);
    return (tenth < 0 ? "-" : "") + Math.floor(size / 10) + (size % 10 ? "." + (size % 10) : "");
  }

  function style(mark, k) {
    const opacity = item(mark.opacity, k);
    return (opacity != null ? ` opacity="${hundredth(opacity)}"` : "") +
      (mark.dash ? ` stroke-dasharray="${mark.dash}"` : "");
  }

  function fill(mark, k) {
    const value = item(mark.value, k);
    if (value == null) return ` fill="${colour(item(mark.colour, k))}"`;
    const strength = Math.min(Math.abs(value), 1) * 0.7;
    return ` fill="${colour(value >= 0 ? "pos" : "neg")}" fill-opacity="${hundredth(strength)}"`;
  }

  function stroke(mark, k) {
    const name = item(mark.stroke, k);
    return name ? ` stroke="${colour(name)}" stroke-width="${mark.width ?? 1.5}"` : "";
  }

  const draw = {
    line(mark, sx, sy) {
      let pen = "M", path = "";
      for (let k = 0; k < count(mark.x, mark.y); k++) {
        const x = item(mark.x, k), y = item(mark.y, k);
        if (missing(x) || missing(y)) { pen = "M"; continue; }
        path += `${pen}${number(sx(x))} ${number(sy(y))}`;
        pen = "L";
      }
      return `<path d="${path}" fill="none" stroke="${colour(mark.colour)}" ` +
        `stroke-width="${mark.width ?? 2}" stroke-linejoin="round"${style(mark, 0)}/>`;
    },
    segments(mark, sx, sy) {
      let out = "";
      for (let k = 0; k < count(mark.x1, mark.y1, mark.x2, mark.y2); k++) {
        const ends = [mark.x1, mark.y1, mark.x2, mark.y2].map((a) => item(a, k));
        if (ends.some(missing)) continue;
        const x1 = sx(ends[0]), y1 = sy(ends[1]), x2 = sx(ends[2]), y2 = sy(ends[3]);
        const ink = colour(item(mark.colour, k)), width = item(mark.width ?? 1.5, k);
        out += `<path d="M${number(x1)} ${number(y1)}L${number(x2)} ${number(y2)}" stroke="${ink}" ` +
          `stroke-width="${hundredth(width)}"${style(mark, k)}/>`;
        const length = Math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2);
        if (mark.arrow && length > 1e-6) {
          const size = 4 + width, u = ((x2 - x1) / length) * size, v = ((y2 - y1) / length) * size;
          const opacity = mark.opacity != null ? ` opacity="${hundredth(item(mark.opacity, k))}"` : "";
          out += `<path d="M${number(x2)} ${number(y2)}L${number(x2 - u - v / 2)} ${number(y2 - v + u / 2)}` +
            `L${number(x2 - u + v / 2)} ${number(y2 - v - u / 2)}Z" fill="${ink}"${opacity}/>`;
        }
      }
      return out;
    },
    dots(mark, sx, sy) {
      let out = "";
      for (let k = 0; k < count(mark.x, mark.y); k++) {
        const x = item(mark.x, k), y = item(mark.y, k);
        if (missing(x) || missing(y)) continue;
        out += `<circle cx="${number(sx(x))}" cy="${number(sy(y))}" r="${number(item(mark.r ?? 4, k))}"` +
          `${fill(mark, k)}${stroke(mark, k)}${style(mark, k)}/>`;
      }
      return out;
    },
    rects(mark, sx, sy) {
      const crisp = mark.crisp ? ' shape-rendering="crispEdges"' : "";
      let out = "";
      for (let k = 0; k < count(mark.x, mark.y, mark.w, mark.h); k++) {
        const [x, y, w, h] = [mark.x, mark.y, mark.w, mark.h].map((a) => item(a, k));
        if ([x, y, w, h].some(missing)) continue;
        const xa = sx(x), xb = sx(x + w), ya = sy(y), yb = sy(y + h);
        const corner = mark.round ? ` rx="${mark.round}"` : "";
        out += `<rect x="${number(Math.min(xa, xb))}" y="${number(Math.min(ya, yb))}" ` +
          `width="${number(Math.abs(xb - xa))}" height="${number(Math.abs(yb - ya))}"${corner}${crisp}` +
          `${fill(mark, k)}${stroke(mark, k)}${style(mark, k)}/>`;
      }
      return out;
    },
    text(mark, sx, sy) {
      let out = "";
      for (let k = 0; k < count(mark.x, mark.y, mark.text); k++) {
        const x = item(mark.x, k), y = item(mark.y, k), words = item(mark.text, k);
        if (missing(x) || missing(y) || words == null || words === "") continue;
        const weight = mark.weight ? ` font-weight="${item(mark.weight, k)}"` : "";
        out += `<text x="${number(sx(x) + (mark.dx ?? 0))}" y="${number(sy(y) + (mark.dy ?? 0))}" ` +
          `text-anchor="${mark.anchor ?? "start"}" font-size="${mark.size ?? 12}"${weight} ` +
          `fill="${colour(item(mark.colour, k))}"${style(mark, k)}>${escape(words)}</text>`;
      }
      return out;
    },
    cells(mark, sx, sy) {
      let out = "";
      mark.values.forEach((row, k) => row.forEach((value, j) => {
        if (missing(value)) return;
        const cell = { x: mark.x + j * mark.w, y: mark.y + k * mark.h, w: mark.w, h: mark.h };
        out += draw.rects({ ...cell, value, stroke: mark.stroke, width: 0.5 }, sx, sy);
      }));
      return out;
    },
    picture(mark, sx, sy) {
      const xa = sx(mark.x), xb = sx(mark.x + mark.w), ya = sy(mark.y), yb = sy(mark.y + mark.h);
      const smooth = mark.smooth ?? true ? "" : ' style="image-rendering:pixelated"';
      return `<image href="${mark.source}" x="${number(Math.min(xa, xb))}" y="${number(Math.min(ya, yb))}" ` +
        `width="${number(Math.abs(xb - xa))}" height="${number(Math.abs(yb - ya))}" preserveAspectRatio="none"` +
        `${smooth}${style(mark, 0)}/>`;
    },
  };

  function scales(panel) {
    const [left, right, top, bottom] = panel.axes ? [48, 12, panel.title ? 28 : 12, 42] : [0, 0, 0, 0];
    const [x0, x1] = panel.x, [y0, y1] = panel.y, W = panel.w, H = panel.h;
    return {
      left, right, top, bottom,
      sx: (v) => {
        v = Math.min(Math.max(v, Math.min(x0, x1)), Math.max(x0, x1));
        return left + ((v - x0) / (x1 - x0)) * (W - left - right);
      },
      sy: (v) => {
        v = Math.min(Math.max(v, Math.min(y0, y1)), Math.max(y0, y1));
        return H - bottom - ((v - y0) / (y1 - y0)) * (H - top - bottom);
      },
      x: (pixel) => x0 + ((pixel - left) / (W - left - right)) * (x1 - x0),
      y: (pixel) => y0 + ((H - bottom - pixel) / (H - top - bottom)) * (y1 - y0),
    };
  }

  function renderPanel(panel, values, grow) {
    const W = panel.w, H = panel.h, n = number;
    const { left, right, top, bottom, sx, sy } = scales(panel);
    const size = panel.row
      ? `flex:1 1 100%;max-width:100%;max-height:${n(H * 1.3)}px`
      : `flex:1 1 ${n(W * 0.9)}px;max-width:${n(W * grow)}px`;
    let out = `<svg class="rnn-panel" viewBox="0 0 ${W} ${H}" style="${size};min-width:0" font-family="inherit" aria-hidden="true" focusable="false">` +
      `<rect width="${W}" height="${H}" fill="${colour("paper")}"/>`;
    if (panel.axes) {
      for (const [at, label] of panel.xticks)
        out += `<path d="M${n(sx(at))} ${n(top)}V${n(H - bottom)}" stroke="${colour("rule")}" stroke-width=".6"/>` +
          `<text x="${n(sx(at))}" y="${n(H - bottom + 14)}" text-anchor="middle" font-size="11" ` +
          `fill="${colour("muted")}">${escape(label)}</text>`;
      for (const [at, label] of panel.yticks)
        out += `<path d="M${left} ${n(sy(at))}H${W - right}" stroke="${colour("rule")}" stroke-width=".6"/>` +
          `<text x="${left - 6}" y="${n(sy(at) + 3.5)}" text-anchor="end" font-size="11" ` +
          `fill="${colour("muted")}">${escape(label)}</text>`;
      out += `<text x="${n((left + W - right) / 2)}" y="${H - 9}" text-anchor="middle" font-size="12" ` +
        `fill="${colour("ink")}">${escape(panel.xlabel)}</text>` +
        `<text transform="translate(12 ${n((top + H - bottom) / 2)}) rotate(-90)" text-anchor="middle" ` +
        `font-size="12" fill="${colour("ink")}">${escape(panel.ylabel)}</text>`;
    }
    if (panel.title)
      out += `<text x="${left || 8}" y="16" font-size="12.5" font-weight="600" ` +
        `fill="${colour("ink")}">${escape(panel.title)}</text>`;
    for (const raw of panel.marks) {
      const mark = {};
      for (const [k, v] of Object.entries(raw))
        mark[k] = typeof v === "string" && v[0] === "$" ? values[v.slice(1)] : v;
      out += draw[raw.mark](mark, sx, sy);
    }
    return out + "</svg>";
  }

  const renderPanels = (panels, values) =>
    panels.map((panel) => renderPanel(panel, values, panels.length === 1 ? 1.6 : 1.15)).join("");

  function readout(template, values) {
    return template.replace(/\{(\w+)(?::(\d))?\}/g, (_, key, digits) => {
      const value = values[key];
      return digits === undefined ? String(value) : value.toFixed(Number(digits)).replace("-", "−");
    });
  }

  // ---- values: looked up in a grid or computed by a port ---------------------------------------------------
  function evaluator(spec) {
    if (spec.port) {
      const port = new Function("p", "K", '"use strict";' + spec.port);
      return (p) => ({ ...spec.constants, ...port(p, spec.constants) });
    }
    const sizes = Object.fromEntries(spec.params.map((q) => [q.name, q.values]));
    return (p) => {
      const values = { ...spec.constants };
      for (const [key, entry] of Object.entries(spec.grid)) {
        let at = 0;
        for (const axis of entry.axes) {
          const near = sizes[axis].reduce((best, v, k, all) =>
            typeof v === "number"
              ? (Math.abs(v - p[axis]) < Math.abs(all[best] - p[axis]) ? k : best)
              : (v === p[axis] ? k : best), 0);
          at = at * sizes[axis].length + near;
        }
        values[key] = entry.data[at];
      }
      return values;
    };
  }

  // Between two frames numbers move evenly; words change at the end.
  function between(a, b, t) {
    if (typeof a === "number" && typeof b === "number") return a + (b - a) * t;
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) return a.map((v, k) => between(v, b[k], t));
    return t < 1 && typeof a === typeof b ? a : b;
  }

  // ---- the page: controls, playing, pointing ---------------------------------------------------------------
  function start(figure) {
    const spec = JSON.parse(figure.querySelector("script.rnn-spec").textContent);
    palette = { ...palette, ...spec.palette };
    const evaluate = evaluator(spec);
    const picture = figure.querySelector(".rnn-picture"), status = figure.querySelector(".rnn-readout");
    const controls = figure.querySelector(".rnn-controls");
    const inputs = [...figure.querySelectorAll("[data-param]")];
    const calm = root.matchMedia("(prefers-reduced-motion: reduce)");
    const animated = spec.params.find((q) => q.kind === "steps");
    let shown = null, frame = 0, timer = 0;

    const current = () => Object.fromEntries(inputs.map((input) =>
      [input.dataset.param, input.tagName === "SELECT" && isNaN(input.value) ? input.value : Number(input.value)]));

    function label(input) {
      const words = input.closest("label").querySelector(".rnn-value");
      if (!words) return;
      words.textContent = Number(input.value).toFixed(Number(input.dataset.digits)).replace("-", "−");
      input.setAttribute("aria-valuetext", words.textContent);
    }

    function update(smooth) {
      inputs.forEach(label);
      const goal = evaluate(current()), from = shown;
      cancelAnimationFrame(frame);
      shown = goal;
      if (status) status.textContent = readout(spec.readout, goal);
      if (!smooth || calm.matches || !from) { picture.innerHTML = renderPanels(spec.panels, goal); return; }
      const began = performance.now(), lasts = Math.min(350, spec.interval * 0.5);
      const move = (now) => {
        const t = Math.min(1, Math.max(0, (now - began) / lasts));
        picture.innerHTML = renderPanels(spec.panels, t < 1 ? between(from, goal, t) : goal);
        if (t < 1) frame = requestAnimationFrame(move);
      };
      move(began);
    }

    inputs.forEach((input) => input.addEventListener("input", () => { stop(); update(false); }));

    // Playing: one step an interval; at the end it stops, and Play begins again at the start.
    const play = controls.querySelector("[data-act=play]");
    const slider = animated && inputs.find((input) => input.dataset.param === animated.name);
    function stop() {
      clearInterval(timer);
      timer = 0;
      if (play) play.textContent = "Play";
      if (status) status.setAttribute("aria-live", "polite");
    }
    function step(by) {
      slider.value = Number(slider.value) + by;
      update(true);
    }
    function toggle() {
      if (timer) return stop();
      if (Number(slider.value) >= Number(slider.max)) { slider.value = slider.min; update(true); }
      play.textContent = "Pause";
      if (status) status.setAttribute("aria-live", "off");
      timer = setInterval(() => {
        step(1);
        if (Number(slider.value) >= Number(slider.max)) stop();
      }, spec.interval);
    }
    controls.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act === "play") toggle();
      else if (act === "step") { stop(); step(1); }
      else if (act === "back") { stop(); step(-1); }
      else if (act === "reset") {
        stop();
        inputs.forEach((input) => { input.value = input.dataset.first; });
        update(false);
      }
    });

    // Pointing into a panel sets two parameters at once; the sliders do the same from the keyboard.
    if (spec.pick) {
      const panel = spec.panels[spec.pick.panel], back = scales(panel);
      const point = (event) => {
        const svg = picture.children[spec.pick.panel], box = svg.getBoundingClientRect();
        const u = ((event.clientX - box.left) / box.width) * panel.w;
        const v = ((event.clientY - box.top) / box.height) * panel.h;
        if (u < back.left || u > panel.w - back.right || v < back.top || v > panel.h - back.bottom) return;
        for (const [axis, at] of [["x", back.x(u)], ["y", back.y(v)]]) {
          const input = inputs.find((one) => one.dataset.param === spec.pick[axis]);
          if (input) input.value = at;
        }
        stop();
        update(false);
      };
      picture.addEventListener("pointerdown", point);
      picture.addEventListener("pointermove", (event) => {
        if (event.buttons === 1 && event.pointerType === "mouse") point(event);
      });
      picture.classList.add("rnn-pick");
    }

    inputs.forEach((input) => { input.value = input.dataset.first; });
    controls.hidden = false;
    update(false);
    figure.dataset.ready = "";
  }

  const api = { renderPanels, evaluator, readout, usePalette: (p) => { palette = p; } };
  if (typeof module !== "undefined") { module.exports = api; return; }
  root.rnnFigures = api;
  const begin = () => document.querySelectorAll("figure.rnn-figure:not([data-ready])").forEach(start);
  api.begin = begin; // for figures that come later: live cells
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})(typeof window === "undefined" ? globalThis : window);
