/* What the theme leaves undone for readers with a keyboard: wide boxes that scroll can be reached and have a name. */
(function () {
  "use strict";
  const boxes = "div.math, .cell_output, .cell_output .output, .cell_output pre, div.highlight pre, .table-wrapper, .pst-scrollable-table-container, .rnncourse-check pre";
  function reachable() {
    for (const box of document.querySelectorAll(boxes)) {
      const wide = box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
      if (wide && box.tabIndex < 0) {
        box.tabIndex = 0;
        box.dataset.reach = "";
      } else if (!wide && "reach" in box.dataset) {
        box.removeAttribute("tabindex");
        delete box.dataset.reach;
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
