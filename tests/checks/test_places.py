"""The checks run wherever Python does: in a kernel, a thread, a page, with warnings as errors, without asserts."""

import json
import os
import subprocess
import sys
import threading

import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from tests.course.repository import ROOT

EVERY = list(all_exercises())
ONE_A_CHAPTER = list({exercise.chapter: name for name, exercise in all_exercises().items()}.values())
NAMES = [
    pytest.param(ONE_A_CHAPTER, id="one exercise a chapter"),
    pytest.param(EVERY, id="every exercise", marks=pytest.mark.slow),
]

JUDGE = """
import json
from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises

def judged(name):
    right = check(name, all_exercises()[name].reference, seed=3, seconds=60)
    wrong = check(name, lambda *args: [], seed=3, seconds=60)
    return [right.passed, wrong.passed, "stumbled" in str(wrong)]

print(json.dumps({name: judged(name) for name in NAMES}))
"""

# As Python in a page: no timer signal, no threads, no ctypes, neither torch nor matplotlib.
IN_A_PAGE = """
import signal, sys, threading

def refuse(thread):
    raise RuntimeError("can't start new thread")

del signal.setitimer
threading.Thread.start = refuse
for name in ("ctypes", "torch", "matplotlib"):
    sys.modules[name] = None
"""


def told(text, names):
    found = json.loads(text.strip().splitlines()[-1])
    assert found == {name: [True, False, False] for name in names}


def python(names, *options, before=""):
    code = f"NAMES = {names!r}\n{before}{JUDGE}"
    settings = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *options, "-c", code], env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told(done.stdout, names)


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("options", [("-W", "error"), ("-O",), ("-X", "dev", "-W", "error")], ids=" ".join)
def test_with_other_settings_of_python(names, options):
    python(names, *options)


@pytest.mark.parametrize("names", NAMES)
def test_in_a_page(names):
    python(names, before=IN_A_PAGE)


@pytest.mark.parametrize("names", NAMES)
def test_in_a_thread(names):
    found = {}

    def judge():
        for name in names:
            right = check(name, all_exercises()[name].reference, seed=3, seconds=60)
            wrong = check(name, lambda *args: [], seed=3, seconds=60)
            found[name] = [right.passed, wrong.passed]

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join()
    assert found == {name: [True, False] for name in names}


@pytest.fixture(scope="module")
def kernel():
    """A kernel as a notebook starts it; runs code, gives what it printed and what its last value shows as HTML."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(ROOT))

    def run(code):
        printed, html = [], []

        def take(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                html.append(content["data"].get("text/html", ""))
            elif message["msg_type"] == "error":
                raise AssertionError("\n".join(content["traceback"]))

        client.execute_interactive(code, timeout=240, output_hook=take)
        return "".join(printed), "".join(html)

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("names", NAMES)
def test_in_a_kernel(kernel, names):
    told(kernel(f"NAMES = {names!r}\n{JUDGE}")[0], names)


def test_a_kernel_shows_results_and_stops_what_never_ends(kernel):
    kernel("from rnncourse.checks import check\nfrom rnncourse.exercises.unfolding import rnn_step")
    assert "✓ rnn_step: passed" in kernel("check('rnn_step', rnn_step)")[1]
    kernel("def endless(x, h, W, R, b):\n    while True: pass")
    assert "a loop that never ends" in kernel("check('rnn_step', endless, seconds=0.5)")[1]
    printed, html = kernel("def prints(x, h, W, R, b):\n    print('held back')\ncheck('rnn_step', prints)")
    assert printed == ""
    assert "is its return missing?" in html
    assert kernel("print('as before')")[0] == "as before\n"


def test_a_kernel_whose_numpy_was_replaced_says_so(kernel):
    kernel("import numpy as np\nown, np.tanh = np.tanh, lambda a: a\nfrom rnncourse.checks import check")
    try:
        shown = kernel("check('rnn_step', rnn_step)")[1]
        assert "not judged" in shown
        assert "np.tanh" in shown
    finally:
        kernel("np.tanh = own")
    assert "passed" in kernel("check('rnn_step', rnn_step)")[1]
