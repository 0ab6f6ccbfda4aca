"""Open the built pages in Chromium and say what is wrong with them: a list of faults a page, empty when all is well.

Each check returns sentences, so that a test prints what to mend; the same checks are shown to fail on doctored pages.
"""

import html
import os
import re
import shutil
import urllib.parse
from pathlib import Path

from tools import pages
from tools.chromium import browser, served  # noqa: F401 — for the tests that look at pages

ELSEWHERE = os.environ.get("RNNCOURSE_SITE")  # a built copy to look at in place of the site of this checkout
LISTINGS = ["longest listing", "widest listing"]
PAGES = [*(f"{name}.html" for name in pages.pages()), "genindex.html", "search.html", *LISTINGS]
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
MEGABYTE = 1_000_000
# Boxes of a page that are wider than their place at 1280 px. These numbers may only fall; other pages have none.
WIDE: dict[str, int] = {}


def reason_to_skip():
    """Why these tests cannot run here, or None."""
    if shutil.which("chromium") is None:
        return "no chromium on this machine (Debian: apt-get install chromium)"
    try:
        import axe_playwright_python  # noqa: F401
        import playwright.sync_api  # noqa: F401
    except ImportError as missing:
        return f"{missing.name} is not installed (extra: test)"
    return None


def listing(folder, which):
    """Of the listings of source code, which are all alike, the longest or the widest one; None where there are none."""

    def size(path):
        text = re.sub("<[^>]*>", "", path.read_text(encoding="utf-8").partition("<pre>")[2].partition("</pre>")[0])
        return len(text) if which == "longest listing" else max(len(html.unescape(line)) for line in text.split("\n"))

    listings = sorted((folder / "_modules").rglob("*.html"), key=size)
    return listings[-1].relative_to(folder).as_posix() if listings else None


def axe_source():
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


class Visitor:
    """A reader with one theme; remembers what the open page asked for and complained about."""

    def __init__(self, chromium, address, folder, theme):
        self.address, self.folder, self.theme = address, Path(folder), theme
        self.context = chromium.new_context(color_scheme=theme, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.axe = axe_source()
        self.asked, self.complaints = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("console", self._console)

    def _console(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text} {message.location.get('url', '')}")

    def open(self, name, width="desk"):
        self.asked, self.complaints = [], []
        self.resize(width)
        self.page.goto(self.address + name, wait_until="load")
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def resize(self, width):
        self.page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))

    def close(self):
        self.context.close()

    # --- the checks -----------------------------------------------------------------------------------------------

    def network_faults(self):
        """Requests to other hosts, and complaints of scripts."""
        foreign = [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]
        return [f"asks another host: {url[:120]}" for url in foreign] + self.complaints

    def weight_faults(self):
        """More bytes than a page may send (nothing is counted as compressed)."""
        files = {urllib.parse.unquote(urllib.parse.urlsplit(url).path).lstrip("/") for url in self.asked}
        sizes = {f: (self.folder / f).stat().st_size for f in files if (self.folder / f).is_file()}
        total = sum(sizes.values())
        plain = self.page.locator("figure.rnn-figure").count() == 0
        limit = 1 * MEGABYTE if plain else 2.5 * MEGABYTE
        heaviest = sorted(sizes, key=sizes.get)[-3:]
        return [f"{total:,} bytes, limit {limit:,.0f}; heaviest {heaviest}"] if total > limit else []

    def axe_faults(self, *, colours):
        """Violations that axe-core finds; colours do not depend on the width and are looked at once.

        Left out are the inside of formulas (hidden from screen readers, in the colour of the text), of code, whose
        few colours have a test of their own, and all signatures of an API page after the first: they are alike.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(self.axe)
        found = self.page.evaluate(
            """(colours) => axe.run(
              { include: [["html"]], exclude: [["mjx-container"], [".highlight pre"], ["dl.py ~ dl.py dt.sig"]] },
              { resultTypes: ["violations"], iframes: false, rules: { "color-contrast": { enabled: colours } } },
            ).then((r) => r.violations.map((v) =>
              [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]))""",
            colours,
        )
        return [f"axe {rule}: {words} at {nodes}" for rule, words, nodes in found]

    def width_faults(self):
        """What sticks out of the viewport and cannot be scrolled to in a box of its own."""
        return self.page.evaluate(
            """() => {
              const wide = innerWidth, faults = [];
              if (document.documentElement.scrollWidth > wide)
                faults.push(`the page is ${document.documentElement.scrollWidth} wide in a viewport of ${wide}`);
              for (const e of document.querySelectorAll(".bd-article :is(table, div.math, pre, img, svg, figure)")) {
                const box = e.getBoundingClientRect();
                if (!box.width || box.right <= wide + 1) continue;
                let up = e, boxed = false;
                while (up && !up.matches(".bd-article") && !boxed) {
                  const flow = getComputedStyle(up).overflowX;
                  boxed = (flow === "auto" || flow === "scroll") && up.getBoundingClientRect().right <= wide + 1;
                  up = up.parentElement;
                }
                if (!boxed) faults.push(`${e.tagName} ends at ${Math.round(box.right)}: ${e.outerHTML.slice(0, 100)}`);
              }
              for (const e of document.querySelectorAll(".bd-article :is(div, pre, p, ul, nav)")) {
                const flow = getComputedStyle(e).overflowX;
                if ((flow === "auto" || flow === "scroll") && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 &&
                    e.tabIndex < 0 && !e.querySelector("a, button, input, select, [tabindex='0'], [contenteditable]"))
                  faults.push(`no key scrolls ${e.outerHTML.slice(0, 100)}`);
              }
              return faults;
            }"""
        )

    def wide_boxes(self):
        """Code, formulas, tables and printed output that are wider than their box, everything folded opened for it.

        For each what it is, and what is wrong with how it scrolls: it must fade at the edge and be reached by key.
        """
        return self.page.evaluate(
            """async () => {
              const frames = async () => { for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame); };
              const closed = [...document.querySelectorAll(".bd-article details:not([open])")], found = [];
              for (const fold of closed) fold.open = true;
              await frames();
              const seen = new Set();
              for (const e of document.querySelectorAll(".bd-article :is(pre, .math, table)")) {
                let box = e;
                const flows = (b) => /auto|scroll|hidden/.test(getComputedStyle(b).overflowX);
                while (!flows(box) && !box.parentElement.matches(".bd-article")) box = box.parentElement;
                if (seen.has(box) || !box.clientWidth || box.scrollWidth <= box.clientWidth + 1) continue;
                seen.add(box);
                const style = getComputedStyle(box), faults = [];
                if (!/auto|scroll/.test(style.overflowX)) faults.push("cannot be scrolled");
                if (style.maskImage === "none") faults.push("nothing shows that there is more");
                if (box.tabIndex < 0) faults.push("no key reaches it");
                found.push([e.outerHTML.slice(0, 120), faults.join(", ")]);
              }
              for (const fold of closed) fold.open = false;
              await frames();
              return found;
            }"""
        )

    def overflow_faults(self, name):
        """What is cut at the width of a desk, beyond what WIDE allows; on a phone, what is cut without a sign of it."""
        found, allowed = self.wide_boxes(), WIDE.get(name, 0)
        faults = [f"{fault}: {what}" for what, fault in found if fault]
        if self.page.viewport_size["width"] == WIDTHS["desk"][0] and len(found) != allowed:
            faults.append(f"{len(found)} boxes are too narrow, WIDE says {allowed}: {[what for what, _ in found][:4]}")
        return faults

    def alt_faults(self):
        """Pictures and drawings without words, or with a file's name for words."""
        found = self.page.evaluate(
            """() => [
              ...[...document.querySelectorAll(".bd-article img")].map((i) =>
                [i.getAttribute("alt"), i.src.slice(-80)]),
              ...[...document.querySelectorAll('.bd-article [role="img"]')].map((e) =>
                [e.getAttribute("aria-label"), e.closest("[data-figure]")?.dataset.figure || e.tagName]),
            ]"""
        )
        faults = []
        for words, where in found:
            if not words or len(words.strip()) < 10:
                faults.append(f"no alt text at {where}: {words!r}")
            elif re.search(r"\.(png|svg|jpe?g|gif)\b|_images/|^[0-9a-f]{16,}", words):
                faults.append(f"a file's name for alt text at {where}: {words!r}")
        return faults

    def small_faults(self):
        """Pictures that are shown smaller than they were drawn and cannot be opened at their own size."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll(".bd-article .cell_output img")].filter((img) => {
              const shown = img.getBoundingClientRect().width;
              const opens = [...document.querySelectorAll(".bd-article .enlarge")];
              const offered = opens.some((button) => button.checkVisibility() && button.ariaLabel.endsWith(img.alt));
              return shown && shown < 0.8 * img.naturalWidth && !offered;
            }).map((img) => `small, and nothing enlarges it: ${img.alt.slice(0, 60)}`)"""
        )

    def dark_faults(self):
        """In the dark: pictures with see-through paper on a dark page, drawings whose words do not stand out."""
        return self.page.evaluate(
            """() => {
              const faults = [], often = { willReadFrequently: true };
              const canvas = document.createElement("canvas").getContext("2d", often);
              const light = ([r, g, b]) => {
                const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
              };
              const pixel = () => [...canvas.getImageData(0, 0, 1, 1).data];
              const rgba = (words) => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = words;
                canvas.fillRect(0, 0, 1, 1);
                return pixel();
              };
              for (const img of document.querySelectorAll(".bd-article .cell_output img")) {
                if (!img.naturalWidth) { faults.push(`not loaded: ${img.src.slice(-60)}`); continue; }
                canvas.clearRect(0, 0, 1, 1);
                canvas.drawImage(img, 0, 0, 1, 1, 0, 0, 1, 1);
                const corner = pixel(), paper = rgba(getComputedStyle(img).backgroundColor);
                if (corner[3] < 250 && (paper[3] < 250 || light(paper) < 0.5))
                  faults.push(`see-through: ${img.alt.slice(0, 60)}`);
              }
              for (const figure of document.querySelectorAll("figure.rnn-figure")) {
                const paper = light(rgba(getComputedStyle(figure).backgroundColor));
                for (const e of figure.querySelectorAll("svg text")) {
                  const ink = light(rgba(getComputedStyle(e).fill));
                  const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
                  if (contrast >= 3) continue;
                  faults.push(`${figure.dataset.figure}: “${e.textContent}” has contrast ${contrast.toFixed(1)}`);
                  break;
                }
              }
              return faults;
            }"""
        )

    def figure_faults(self):
        """Controls that move nothing, by keyboard or by mouse."""
        faults = []
        for figure in self.page.locator("figure.rnn-figure").all():
            name = figure.get_attribute("data-figure")
            if figure.get_attribute("data-ready") is None:
                faults.append(f"{name}: its script did not start")
                continue
            faults += [f"{name}: {fault}" for fault in self._one_figure(figure)]
        return faults

    def _one_figure(self, figure):
        picture = figure.locator(".rnn-picture")
        controls = figure.locator("[data-param]").all()
        if not controls:
            return ["no controls"]
        faults = []

        def moved(before):
            return picture.inner_html() != before

        for control in controls:
            label = control.get_attribute("data-param")
            seen = []
            for key in ("Home", "End", "ArrowLeft"):
                before = picture.inner_html()
                control.press(key)
                seen.append(moved(before))
            if not any(seen):
                faults.append(f"{label} does not answer the keyboard")
            figure.locator("[data-act=reset]").click()
        slider = next((c for c in controls if c.get_attribute("type") == "range"), None)
        if slider is not None:
            box, seen = slider.bounding_box(), []
            for part in (0.05, 0.5, 0.95):
                before = picture.inner_html()
                slider.click(position={"x": box["width"] * part, "y": box["height"] / 2})
                seen.append(moved(before))
            if not any(seen):
                faults.append("its slider does not answer the mouse")
            figure.locator("[data-act=reset]").click()
        play = figure.locator("[data-act=play]")
        if play.count():
            steps = figure.locator(".rnn-play input[type=range]")
            at = steps.input_value()
            figure.locator("[data-act=back]").click()
            if steps.input_value() == at and at != steps.get_attribute("min"):
                faults.append("Back does not go back")
            at = steps.input_value()
            figure.locator("[data-act=step]").click()
            if steps.input_value() == at and at != steps.get_attribute("max"):
                faults.append("Step does not step")
            play.click()
            if play.inner_text() != "Pause":
                faults.append("Play does not play")
            play.click()
            if play.inner_text() != "Play":
                faults.append("Pause does not pause")
            figure.locator("[data-act=reset]").click()
        return faults


def all_faults(visitor, name):
    """Everything that is wrong with a page, at both widths."""
    faults = []
    visitor.open(name, "desk")
    if visitor.page.evaluate("document.documentElement.dataset.theme") != visitor.theme:
        faults.append("the page does not follow the system's colours")
    faults += visitor.network_faults() + visitor.weight_faults() + visitor.alt_faults() + visitor.figure_faults()
    if visitor.theme == "dark":
        faults += visitor.dark_faults()
    for width in WIDTHS:
        visitor.resize(width)
        visitor.page.evaluate("new Promise(requestAnimationFrame)")
        found = visitor.width_faults() + visitor.overflow_faults(name) + visitor.small_faults()
        found += visitor.axe_faults(colours=width == "desk")
        faults += [f"{width}: {fault}" for fault in found]
    return [f"{name} ({visitor.theme}): {fault}" for fault in faults]
