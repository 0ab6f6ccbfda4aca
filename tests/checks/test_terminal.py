"""Everything prints on any terminal: what its encoding lacks is replaced."""

import contextlib
import io
import os
import subprocess
import sys

import pytest

from rnncourse.checks import check, exercises, hint, progress, question, solution
from rnncourse.checks.questions import all_questions
from rnncourse.checks.registry import all_exercises
from rnncourse.checks.terminal import printable
from rnncourse.exercises.unfolding import rnn_step
from tests.course.repository import ROOT, tracked

ENCODINGS = ["cp1252", "cp437", "cp850", "ascii", "latin-1", "utf-8"]


@contextlib.contextmanager
def terminal(encoding):
    """sys.stdout as a terminal of this encoding, strict as Python makes it; gives what was written at the end."""
    stream, written = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict"), []
    with contextlib.redirect_stdout(stream):
        yield written
    stream.flush()
    written.append(stream.buffer.getvalue().decode(encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_results_print(encoding):
    with terminal(encoding) as written:
        print(check("rnn_step", rnn_step, seed=1))
        print(check("rnn_step", lambda *args: args[1], seed=1))
        print(check("rnn_step", None))
        print([check("bptt", lambda *args: args[:5], seed=1)])
    assert "rnn_step: passed" in written[0]
    assert "rnn_step: not right yet" in written[0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_everything_that_the_exercises_say_prints(encoding):
    with terminal(encoding) as written:
        print(exercises())
        print(progress())
        for name, exercise in all_exercises().items():
            print(solution(name))
            for _ in exercise.hints:
                print(hint(name))
        for chapter in sorted(path.stem for path in (ROOT / "rnncourse/checks/questions").glob("*.json")):
            for key in all_questions(chapter):
                print(question(chapter, key), question(chapter, key).answer("a"))
    assert "rnn_step" in written[0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_a_learner_writes_prints_too(encoding):
    def answer(*args):
        raise ValueError("Größe ≠ 北京 \udc80 🙂")

    with terminal(encoding) as written:
        print(check("rnn_step", answer, seed=1))
    assert "ValueError" in written[0]


@pytest.mark.parametrize(
    ("encoding", "text", "shown"),
    [
        ("ascii", "✓ rnn_step: passed", "+ rnn_step: passed"),
        ("ascii", "∂L/∂h = Σ σ(a)² − ½", "dL/dh = sum  sigma(a)^2 - 1/2"),
        ("ascii", "Rᵀ h → 北", "R^T h -> ?"),
        ("cp1252", "1 – h², ✗ …", "1 – h², x …"),
        ("cp437", "√2 ≤ α ✓", "√2 ≤ α +"),
        ("utf-8", "✓ ∂ 北", "✓ ∂ 北"),
    ],
)
def test_only_what_is_missing_is_replaced(encoding, text, shown):
    with terminal(encoding):
        found = printable(text)
    assert found == shown


def test_a_page_keeps_its_signs():
    result = check("rnn_step", rnn_step, seed=1)
    with terminal("ascii"):
        page, text, shown = result._repr_html_(), result.text(), repr(result)
    assert "✓" in page
    assert "✓" in text
    assert "✓" not in shown


def test_a_stream_without_an_encoding_gets_everything(monkeypatch):
    class Stream(io.StringIO):
        encoding = "of my own"

    for stream in (Stream(), io.StringIO(), None):
        monkeypatch.setattr(sys, "stdout", stream)
        assert printable("✓") == "✓"


COMMANDS = [
    ["-m", "rnncourse.checks", "list"],
    ["-m", "rnncourse.checks", "--help"],
    *(["-m", "rnncourse.checks", "stub", name] for name in ("rnn_step", "bptt", "jacobian_product")),
    ["tools/notebooks.py", "--help"],
    ["experiments/08_truncation.py", "--help"],
]
READERS = ("rnncourse/", "tools/", "benchmarks/", "experiments/")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_print(command, encoding):
    settings = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    settings |= {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=settings, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode(encoding)


def test_every_command_replaces_what_a_terminal_lacks():
    texts = {
        n: (ROOT / n).read_text(encoding="utf-8") for n in tracked() if n.startswith(READERS) and n.endswith(".py")
    }
    commands = [name for name, text in texts.items() if "Parser(" in text and "def main" in text]
    assert len(commands) >= 8
    frame = "rnncourse/systems/program.py"
    assert 'reconfigure(errors="replace")' in texts[frame]
    for name in commands:
        framed = "return perform(" in texts[name] and "program import" in texts[name]
        assert framed or "any_terminal()" in texts[name], name


def test_lines_written_at_once_are_held_back_and_stdout_stays_open(capsys):
    def answer(*args):
        sys.stdout.writelines(["one\n", "two\n"])
        sys.stdout.close()
        sys.stderr = None
        return [*args]

    before = sys.stderr
    result = check("rnn_step", answer, seed=1)
    assert "here is the beginning:\none\ntwo" in "\n".join(result.notes)
    assert sys.stderr is before
    print("open")
    assert capsys.readouterr().out == "open\n"
