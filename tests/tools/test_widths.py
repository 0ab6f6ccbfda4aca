"""Code lines of chapters fit their page, or are counted until they do."""

import pytest

from tools import notebooks, widths
from tools.project import chapters

LONG = "x = " + "1" * 80
CELL = f"text {LONG}\n\n```{{code-cell}} ipython3\n---\nmystnb:\n  image:\n    alt: {LONG}\n---\n{LONG}\nx = 1\n```\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (CELL, [9]),
        (f"```{{code-cell}} ipython3\n:tags: [{LONG}]\n{LONG}\n```\n", [3]),
        (f"```{{code-cell}} ipython3\ny = 0\n---\n{LONG}\n```\n", [4]),
        (f"```{{code-cell}} ipython3\n{'x' * 80}\n```\n", []),
        (f"```python\n{LONG}\n```\n", [2]),
        (f"```{{admonition}} A title\n{LONG}\n```\n{LONG}\n", []),
        (f'```{{code-cell}} ipython3\ndef f():\n    """{LONG}"""\n```\n', [3]),
    ],
)
def test_long_lines_of_code_are_found_and_settings_and_prose_left_alone(text, lines):
    assert widths.long_lines(text) == lines


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_long_lines_become_fewer(path):
    assert not widths.complaint(path)
    left, allowed = len(widths.long_lines(path.read_text(encoding="utf-8"))), widths.LONG.get(path.stem, 0)
    assert left == allowed, f"{path.name}: only {left} long lines are left: say so in LONG (tools/widths.py)"


def test_the_tool_that_makes_notebooks_refuses_a_long_line(tmp_path):
    path = tmp_path / "15_trial.md"
    path.write_text(CELL)
    for step in (notebooks.make, notebooks.verify):
        with pytest.raises(notebooks.NotebookError, match=r"15_trial\.md.*lines 9"):
            step(path, tmp_path)
