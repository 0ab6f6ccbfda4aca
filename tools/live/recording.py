"""Record one exercise as a reader solves it on a phone: a numbered series of pictures, from the page to the verdict.

    python tools/live/recording.py FOLDER [--exercise rnn_step_backward] [--theme dark]

The site must be built with live cells. The page is 390 pixels wide, a touch opens the editor, and while it has the
focus the lower part of the screen is the keyboard's: the pictures show what is left above it. The wrong answer is the
exercise's first slip, so its message is the one that a reader would see. The pictures are to be looked at, and are not
kept in the repository; a step that cannot be taken ends with an error.
"""

import argparse
import ast
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.checks import registry
from rnncourse.checks.slip import Slip, source_of
from rnncourse.checks.terminal import any_terminal
from tools import pages
from tools.chromium import browser, served

WIDTH, HEIGHT, KEYBOARD = 390, 844, 336
LOADING = 120_000  # milliseconds for Python's first answer
EXERCISE = "rnn_step_backward"


def body(function: Callable[..., Any]) -> str:
    """A function's lines below its docstring."""
    source = textwrap.dedent(source_of(function))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    first = definition.body[1 if ast.get_docstring(definition) else 0]
    return "\n".join(source.rstrip().split("\n")[first.lineno - 1 :])


def answers(name: str) -> tuple[str, str, str]:
    """The chapter's file, a wrong answer, and the right one: the untouched exercise with its last line replaced."""
    exercise = registry.all_exercises()[name]
    slip = next(slip for slip in exercise.slips if isinstance(slip, Slip))
    stub = f'{exercise.stub.rstrip()}\n\ncheck("{name}", {name})'
    wrong, right = body(slip.made_in(exercise.reference)), body(exercise.reference)
    empty = "    raise NotImplementedError"
    return exercise.chapter, stub.replace(empty, wrong), stub.replace(empty, right)


def record(page: Any, name: str, wrong: str, right: str, picture: Callable[[str], None]) -> None:
    """Take every step, with a picture after each."""
    cell = page.locator(f'div.cell[data-exercise="{name}"]')
    editor, output = cell.locator(".cm-content"), cell.locator(".live-output")
    run = cell.get_by_role("button", name="Run", exact=True)

    def sees(*, keyboard: bool, show: Any = None) -> None:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT - KEYBOARD * keyboard})
        if show is not None:
            show.evaluate("(seen) => seen.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(300)

    def write(text: str) -> None:
        editor.click()
        sees(keyboard=True)
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)
        page.wait_for_timeout(300)

    def verdict(words: str) -> None:
        run.tap()
        output.get_by_text(words).first.wait_for(timeout=LOADING)
        page.evaluate("document.activeElement.blur()")
        sees(keyboard=False, show=output)

    picture("the page")
    edit = cell.get_by_role("button", name="Edit and run", exact=True)
    sees(keyboard=False, show=edit)
    picture("the exercise and its button")
    edit.tap()
    editor.wait_for()
    sees(keyboard=True)
    picture("the editor above the keyboard")
    verdict("not attempted yet")
    picture("the untouched exercise is run")
    write(wrong)
    picture("a wrong answer is typed")
    verdict("not right yet")
    picture("the wrong answer's message")
    write(right)
    picture("the answer is mended")
    verdict("passed")
    picture("the right answer")
    kept = page.locator(".live-kept")
    sees(keyboard=False, show=kept)
    picture("what is kept at the end of the page")


def main(arguments: Sequence[str] | None = None) -> int:
    any_terminal()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go; it is made where it is missing")
    parser.add_argument("--exercise", default=EXERCISE, choices=sorted(registry.all_exercises()), metavar="NAME")
    parser.add_argument("--theme", default="light", choices=["light", "dark"])
    options = parser.parse_args(arguments)
    if not (pages.SITE / "_static" / "live").is_dir():
        print("error: the site has no live cells: run make book, which says why", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    chapter, wrong, right = answers(options.exercise)
    with browser() as chromium, served(pages.SITE, pages.Handler) as address:
        phone = {"viewport": {"width": WIDTH, "height": HEIGHT}, "is_mobile": True, "has_touch": True}
        page = chromium.new_context(**phone, device_scale_factor=2, color_scheme=options.theme).new_page()
        page.goto(f"{address}notebooks/{chapter}.html", wait_until="load")
        taken: list[str] = []

        def picture(words: str) -> None:
            taken.append(words)
            path = options.folder / f"{len(taken):02}_{words.replace(' ', '_').replace(chr(39), '')}.png"
            page.screenshot(path=path)
            print(f"{path}: {words}")

        record(page, options.exercise, wrong, right, picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
