/* What the theme leaves undone: wide boxes that scroll can be reached by key, have a name, and show where there is more. */
(function () {
  "use strict";
  const boxes = "div.math, span.math[data-wide], .cell_output, .cell_output .output, .cell_output pre, div.highlight pre, .table-wrapper, .pst-scrollable-table-container, .rnncourse-check pre";
  const kind = (box) => box.matches(".math") ? "formula" : box.querySelector("table") ? "table" : box.matches("pre") ? "code" : "output";
  function more(box) {
    const left = box.scrollLeft > 1, right = box.scrollLeft + box.clientWidth < box.scrollWidth - 1;
    if (left || right) box.dataset.more = left && right ? "both" : left ? "left" : "right";
    else delete box.dataset.more;
  }
  function stretched() { // a formula within a sentence that is wider than its column gets a line of its own
    for (const formula of document.querySelectorAll("p span.math, li span.math")) {
      const room = formula.closest("p, li"), drawn = formula.firstElementChild;
      if (!drawn || room.closest("table")) continue;
      formula.toggleAttribute("data-wide", drawn.getBoundingClientRect().width > room.clientWidth + 1);
    }
  }
  function reachable() {
    stretched();
    offer();
    for (const box of document.querySelectorAll(`${boxes}, [data-reach], [data-more]`)) { // also what was wide before
      const wide = box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
      if (wide) {
        more(box);
        if (box.tabIndex >= 0) continue;
        box.tabIndex = 0;
        box.dataset.reach = "";
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", `Wide ${kind(box)}: scrolls sideways`);
        box.addEventListener("scroll", () => more(box), { passive: true });
      } else {
        delete box.dataset.more;
        if (!("reach" in box.dataset)) continue;
        for (const name of ["tabindex", "role", "aria-label", "data-reach"]) box.removeAttribute(name);
      }
    }
  }
  /* A picture that is shown smaller than it was drawn: a button opens it at its own size, in a box that scrolls. */
  const SHRUNK = 0.8;
  function made(tag, name, attributes, ...children) {
    const element = document.createElement(tag);
    element.className = name;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }
  function enlarge(picture) {
    const large = made("img", "", { src: picture.currentSrc || picture.src, alt: picture.alt });
    const close = made("button", "", { type: "button" }, "Close");
    const scrolls = made("div", "enlarged-box", { tabindex: "0", role: "group", "aria-label": "The figure: scrolls" }, large);
    const dialog = made("dialog", "enlarged", { "aria-label": "The figure at its full size" }, close, scrolls);
    close.onclick = () => dialog.close();
    dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
    dialog.onkeydown = (event) => { if (event.key === "Escape") dialog.close(); }; // the theme takes the key for its search
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal(); // once closed, the button that opened it has the focus again
  }
  const offered = new WeakMap(); // picture → its button
  function offer() {
    for (const picture of document.querySelectorAll(".bd-article :is(.cell_output, .live-html) img")) {
      const shown = picture.getBoundingClientRect().width, button = offered.get(picture);
      const small = shown > 0 && shown < SHRUNK * picture.naturalWidth;
      picture.toggleAttribute("data-small", small);
      if (button) button.hidden = !small;
      else if (small) {
        const opens = made("button", "enlarge", { type: "button", "aria-label": `Enlarge the figure: ${picture.alt}` }, "Enlarge");
        opens.onclick = () => enlarge(picture);
        picture.onclick = () => { if ("small" in picture.dataset) { opens.focus(); enlarge(picture); } };
        (picture.closest(".cell_output") ?? picture).after(opens); // beside the box, which may fade at its edge
        offered.set(picture, opens);
      }
    }
  }
  window.addEventListener("load", reachable);
  window.addEventListener("resize", reachable);
  const article = document.querySelector(".bd-article");
  if (article) new ResizeObserver(reachable).observe(article);
  window.addEventListener("toggle", reachable, true);
  document.fonts?.ready.then(reachable);
})();
