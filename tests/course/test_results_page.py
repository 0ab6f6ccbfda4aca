"""The page of results names every stored result and the script that made it."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORED = sorted((ROOT / "rnncourse" / "data" / "results").glob("*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_page_names_the_result_and_its_script(path):
    page = (ROOT / "book" / "results.md").read_text(encoding="utf-8")
    assert f"rnncourse/data/results/{path.name}" in page, f"book/results.md does not name {path.name}"
    script = json.loads(path.read_text(encoding="utf-8"))["about"]["command"].split()[1]
    assert script in page, f"book/results.md does not name {script}"
    assert (ROOT / script).is_file(), f"{script}, named in book/results.md, is missing"
