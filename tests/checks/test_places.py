"""The checks run wherever Python does: in a kernel, a thread, a page, with warnings as errors, without asserts.

In each of these places every exercise judges its own solution, and an answer that is none.
"""

import json
import os
import subprocess
import sys
import threading

import pytest

from rnncourse.checks.registry import all_exercises
from tests.checks.toy import checked
from tests.course.repository import ROOT

EVERY = list(all_exercises())

JUDGE = """
import json
from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises

def judged(name):
    every = all_exercises()
    forward = every[every[name].partner].reference if every[name].partner else None
    right = check(name, every[name].reference, seed=3, seconds=60, forward=forward)
    wrong = check(name, lambda *args: [], seed=3, seconds=60, forward=forward)
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


@pytest.mark.parametrize("options", [("-W", "error"), ("-O",), ("-X", "dev", "-W", "error")], ids=" ".join)
def test_with_other_settings_of_python(options):
    python(EVERY, *options)


def test_in_a_page():
    python(EVERY, before=IN_A_PAGE)


def test_in_a_thread():
    found = {}

    def judge():
        for name in EVERY:
            right = checked(name, all_exercises()[name].reference, seed=3, seconds=60)
            wrong = checked(name, lambda *args: [], seed=3, seconds=60)
            found[name] = [right.passed, wrong.passed]

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join()
    assert found == {name: [True, False] for name in EVERY}


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


def test_in_a_kernel(kernel):
    told(kernel(f"NAMES = {EVERY!r}\n{JUDGE}")[0], EVERY)


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
