"""Live cells in Chromium: what a reader does, and what may go wrong while Python runs in the page."""

import json
import os
import re
import sys

import pytest

from rnncourse.checks import registry
from rnncourse.checks.slip import Slip, source_of
from tests.site import browsing
from tools import pages
from tools.live import sources
from tools.project import ROOT, chapters

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
import live_cells

MEASURED = ROOT / "book" / "live.json"
pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.reason_to_skip() is not None, reason=str(browsing.reason_to_skip())),
]
PAGE = "notebooks/05_bptt.html"
EXERCISE = "rnn_step_backward"
PATIENCE = 120  # seconds for a check: a busy machine is not a wrong answer
WRONG = """def rnn_step_backward(dh, x_t, h_prev, h, W, R):
    da = dh * (1 - h * h)
    return da @ W, da @ R, da.T @ x_t, da.T @ h, da.sum(axis=0)

check("rnn_step_backward", rnn_step_backward)"""


@pytest.fixture(scope="module")
def reader(chromium, isolated, live_site):
    """One reader whose page stays open: Python is started once."""
    visitor = browsing.Visitor(chromium, isolated, live_site, "light")
    visitor.open(PAGE)
    yield visitor
    visitor.close()


def run(visitor, source):
    return visitor.page.evaluate("(source) => window.rnncourse.live.run(source)", source)


def cell_of(page, exercise=EXERCISE):
    return page.locator(f'div.cell[data-exercise="{exercise}"]')


def write(page, cell, text):
    """What a reader does: empty the editor and write."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


# --- what is measured --------------------------------------------------------------------------------------------


def test_every_cell_of_every_chapter_was_tried():
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    assert measured["python"] == sources.PINS["pyodide"]["version"]
    for page in (page for page in pages.pages() if page.startswith("notebooks/")):
        chapter = page.removeprefix("notebooks/")
        cells = {cell.id for cell in live_cells.code_cells(page)}
        assert cells == set(measured["chapters"].get(chapter, {})), f"make live NAMES={chapter}"


def test_exercises_run_in_the_page_or_say_why():
    """All exercises whose chapter has its page."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))["chapters"]
    live = set()
    for chapter, runs in measured.items():
        for cell in live_cells.code_cells(f"notebooks/{chapter}"):
            if (found := live_cells.EXERCISE.search(cell.source)) and not runs[cell.id]:
                live.add(found[1])
    on_a_page = {name for name, exercise in registry.all_exercises().items() if exercise.chapter in measured}
    assert on_a_page - live == set()


# --- the page before a click -------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_the_first_click(chromium, plain, live_site):
    visitor = browsing.Visitor(chromium, plain, live_site, "light")
    visitor.open(PAGE)
    loaded = {url.rpartition("/")[2] for url in visitor.asked if "/live/" in url}
    assert loaded == {"live.css", "live.js"}
    assert sum((live_site / "_static" / "live" / name).stat().st_size for name in loaded) < 25_000
    assert visitor.page.evaluate("typeof window.rnncourse.live.run") == "function"
    visitor.close()


def test_cells_that_cannot_run_say_why(reader):
    words = reader.page.locator(".live-why").all_text_contents()  # also of those that are folded
    assert words
    assert all("browser" in word for word in words)


# --- one exercise, as a reader solves it -----------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "theme"), [("phone", "light"), ("desk", "dark")])
def test_an_exercise_is_solved_in_the_page(chromium, isolated, live_site, width, theme):
    visitor = browsing.Visitor(chromium, isolated, live_site, theme)
    visitor.open(PAGE, width)
    page, cell = visitor.page, cell_of(visitor.page)
    cell.get_by_role("button", name="Edit and run", exact=True).click()
    cell.locator(".cm-content").wait_for()
    go = cell.get_by_role("button", name="Run", exact=True)
    go.click()
    cell.locator(".live-output").get_by_text("not attempted yet").wait_for(timeout=90_000)
    write(page, cell, WRONG)
    go.click()
    cell.locator(".live-output").get_by_text("dR uses h, the new state").first.wait_for(timeout=30_000)
    assert not visitor.axe_faults(colours=True)
    write(page, cell, WRONG.replace("da.T @ h,", "da.T @ h_prev,"))
    page.keyboard.press("Shift+Enter")
    cell.locator(".live-output").get_by_text("passed").first.wait_for(timeout=30_000)
    assert "1 exercise passed" in page.locator(".live-kept").inner_text()
    visitor.open(PAGE, width)  # a reload
    again = cell_of(page)
    again.get_by_role("button", name="Edit and run", exact=True).click()
    again.locator(".cm-content").wait_for()
    assert "da.T @ h_prev," in again.locator(".cm-content").inner_text()
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    again.get_by_role("button", name="Reset", exact=True).click()
    assert "NotImplementedError" in again.locator(".cm-content").inner_text()
    assert not visitor.network_faults()
    assert not visitor.width_faults()
    visitor.close()


def test_a_folded_cell_is_opened_edited_and_run(reader):
    fold = reader.page.locator('div.cell[data-live=""] > details.hide:has(.live-bar)').first
    assert not fold.locator(".live-bar").is_visible()
    fold.locator("summary").click()
    fold.get_by_role("button", name="Edit and run", exact=True).click()
    fold.locator(".cm-content").wait_for()
    write(reader.page, fold, "1 + 1")
    fold.get_by_role("button", name="Run", exact=True).click()
    fold.locator(".live-output").get_by_text("2", exact=True).wait_for(timeout=90_000)
    fold.get_by_role("button", name="Reset", exact=True).click()
    fold.locator("summary").click()


def test_the_editor_can_be_left_by_keyboard(reader):
    cell = cell_of(reader.page)
    cell.get_by_role("button", name="Edit and run", exact=True).click()
    cell.locator(".cm-content").wait_for()
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.closest('.cm-editor') === null")
    label = cell.locator(".cm-content").get_attribute("aria-label")
    assert EXERCISE in label
    assert "Escape" in label


def test_answers_are_kept_as_a_notebook(reader):
    import nbformat

    page, cell = reader.page, cell_of(reader.page)
    if cell.locator(".cm-content").count() == 0:
        cell.get_by_role("button", name="Edit and run", exact=True).click()
    write(page, cell, WRONG)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my answers").click()
    notebook = nbformat.read(download.value.path(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[-1].source == WRONG


# --- Python ----------------------------------------------------------------------------------------------------------


def test_what_a_run_returns(reader):
    assert run(reader, "print('a')\n1 + 1") == {"text": "a\n2", "html": None, "error": None}
    found = run(reader, "def f():\n    return 1 / 0\n\nf()")
    assert found["error"].splitlines()[1:3] == ['  File "<cell>", line 4, in <module>', "    f()"]
    assert found["error"].endswith("ZeroDivisionError: division by zero")
    assert run(reader, "np.tanh(0.0)")["text"].endswith("(0.0)"), "imports of the page are made as they are needed"
    assert 'src="data:image/png' in run(reader, "plt.plot([1, 2])\nplt.show()")["html"]
    assert run(reader, "x = (")["error"].endswith("SyntaxError: '(' was never closed")
    assert run(reader, "raise SystemExit")["error"].endswith("SystemExit")
    assert run(reader, "input()")["error"] is not None


def test_a_chapter_that_a_result_names_is_a_link_as_on_the_page(reader):
    source = "from rnncourse.checks.result import Text\nText('chapter 9', 'see chapters 3 and 20, chapter 5')"
    found = run(reader, source)
    assert '<strong><a class="chapter" href="../notebooks/09_lstm.html">chapter 9</a></strong>' in found["html"]
    assert 'chapters <a class="chapter" href="../notebooks/03_unfolding.html">3</a> and 20, chapter 5' in found["html"]
    assert run(reader, "print('chapter 9')")["text"] == "chapter 9\n"
    for address in re.findall('href="([^"]+)"', found["html"]):
        assert reader.page.request.get(f"{reader.address}notebooks/{address}").ok


def test_an_endless_loop_ends_and_what_was_made_stays(reader):
    run(reader, "kept = 7")
    before = reader.page.evaluate("window.rnncourse.live.restarted")
    found = reader.page.evaluate(
        """async () => {
          const live = window.rnncourse.live, loop = live.run("while True: pass"), queued = live.run("1");
          await new Promise((wait) => setTimeout(wait, 500));
          await live.stop();
          return [await loop, await queued];
        }"""
    )
    assert [answer["error"][:7] for answer in found] == ["stopped", "stopped"]
    assert run(reader, "kept")["text"] == "7"
    assert reader.page.evaluate("window.rnncourse.live.restarted") == before


def test_what_was_queued_and_stopped_never_runs(reader):
    reader.page.evaluate(
        """async () => {
          const live = window.rnncourse.live, loop = live.run("while True: pass"), queued = live.run("ran = 1");
          await new Promise((wait) => setTimeout(wait, 300));
          await live.stop();
          await loop; await queued;
        }"""
    )
    assert run(reader, "ran")["error"].endswith("NameError: name 'ran' is not defined")


def test_a_stop_while_python_is_loading_answers_and_the_next_run_works(chromium, plain, live_site):
    visitor = browsing.Visitor(chromium, plain, live_site, "light")
    visitor.open(PAGE)
    found = visitor.page.evaluate(
        """async () => {
          const live = window.rnncourse.live, first = live.run("1");
          await live.stop();
          return [(await first).error, (await live.run("1 + 1")).text, live.restarted];
        }"""
    )
    assert found == ["stopped: it had not begun", "2", 0]
    visitor.close()


def test_where_a_page_is_not_isolated_the_worker_is_replaced(chromium, plain, live_site):
    visitor = browsing.Visitor(chromium, plain, live_site, "light")
    visitor.open(PAGE)
    run(visitor, "kept = 7")
    loop = visitor.page.evaluate_handle("({ run: window.rnncourse.live.run('while True:\\n  try: 1\\n  except: 2') })")
    visitor.page.wait_for_timeout(500)
    visitor.page.evaluate("window.rnncourse.live.stop()")
    assert loop.evaluate("(loop) => loop.run")["error"].startswith("stopped")
    assert visitor.page.evaluate("window.rnncourse.live.restarted") == 1
    assert run(visitor, "kept")["error"].endswith("NameError: name 'kept' is not defined")
    visitor.close()


def test_an_endless_answer_is_judged_in_time(reader):
    source = "def neuron_step(x_t, h_prev, w, r, b):\n    while True: pass\n"
    found = run(reader, source + 'check("neuron_step", neuron_step, seconds=2)')
    assert found["error"] is None
    assert "second" in found["text"]


def test_too_much_memory_is_an_error_and_no_end(reader):
    found = run(reader, "[np.ones(10_000_000) for _ in range(1000)]")
    assert "MemoryError" in found["error"]
    assert run(reader, "1 + 1")["text"] == "2"


def test_from_a_file_the_page_explains_itself(chromium, live_site):
    page = chromium.new_page()
    page.goto((live_site / PAGE).as_uri())
    if page.evaluate("typeof window.rnncourse?.live") == "object":  # some browsers run no module from a file
        assert "make serve" in page.evaluate("window.rnncourse.live.run('1')")["error"]
    page.close()


def on_pages():
    """The exercises whose chapter is written; the page's package has no others."""
    written = {path.stem for path in chapters()}
    return {name: exercise for name, exercise in registry.all_exercises().items() if exercise.chapter in written}


@pytest.mark.parametrize("name", sorted(on_pages()))
def test_the_solution_passes_in_the_page(reader, name):
    exercise = registry.all_exercises()[name]
    source = "from rnncourse.checks import check\nfrom rnncourse.checks.registry import find\n"
    forward = f"find({exercise.partner!r}).reference" if exercise.partner else "None"
    source += f"result = check({name!r}, find({name!r}).reference, seed=1, seconds={PATIENCE}, forward={forward})\n"
    source += "print(result.passed, result.text())"
    found = run(reader, source)
    assert found["error"] is None, found["error"]
    assert found["text"].startswith("True"), found["text"]
    assert exercise.name == name


def mistaken(exercise):
    """The solution with the exercise's first slip in it, as a reader would have written it; and what he is told."""
    slip = next(slip for slip in exercise.slips if isinstance(slip, Slip))
    wrong = source_of(slip.made_in(exercise.reference))
    return exercise.solution.replace(source_of(exercise.reference), wrong), slip.because


def chosen():
    """One exercise a chapter; all of them for `make site-full`."""
    every = [exercise for exercise in on_pages().values() if not exercise.partner]
    chapter_of = {e.name: e.chapter for e in every if any(isinstance(slip, Slip) for slip in e.slips)}
    one = {chapter: name for name, chapter in chapter_of.items()}
    return sorted(chapter_of if os.environ.get("RNNCOURSE_SITE_FULL") else one.values())


@pytest.mark.parametrize("name", chosen())
def test_a_stub_and_a_wrong_answer_are_told_so_in_the_page(reader, name):
    exercise = registry.all_exercises()[name]
    imports = "import numpy as np\nfrom rnncourse.checks import check\n"
    ask = f"\nresult = check({{!r}}, {{}}, seed=1, seconds={PATIENCE})\nprint(result.passed, result.text())"
    found = run(reader, imports + exercise.stub + ask.format(name, name))
    assert found["error"] is None, found["error"]
    assert "not attempted yet" in found["text"]
    wrong, because = mistaken(exercise)
    found = run(reader, imports + wrong + ask.format(name, exercise.reference.__name__))
    assert found["error"] is None, found["error"]
    assert found["text"].startswith("False")
    assert " ".join(because.split()) in " ".join(found["text"].split())
