"""Every stored result says how it was made, with a script that is in the repository."""

from pathlib import Path

import pytest

from rnncourse.data import results

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in results.FOLDER.glob("*.json"))
COMPLETE = [name for name in NAMES if '"complete": true' in (results.FOLDER / f"{name}.json").read_text()]


@pytest.mark.parametrize("name", COMPLETE)
def test_a_result_names_its_command_seeds_time_and_machine(name):
    about = results.load(name)["about"]
    script = about["command"].split()[1]
    assert script == f"experiments/{name}.py"
    assert (ROOT / script).is_file(), f"{name}.json: {script} is not in the repository"
    assert about["seconds"] > 0, f"{name}.json: no time"
    assert about["machine"], f"{name}.json: no machine"
    assert about["versions"], f"{name}.json: no versions"
    assert about["seeds"], f"{name}.json: no seeds"
    assert about["done"] == about["of"]
    assert about["hash"]


def test_a_result_that_is_not_complete_is_shown_nowhere():
    chapters = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "book" / "chapters").glob("*.md"))
    for name in set(NAMES) - set(COMPLETE):
        assert f'results.load("{name}")' not in chapters
        with pytest.raises(ValueError, match=rf"results.load: {name} is not complete: \d+ of \d+ runs"):
            results.load(name)


def test_an_unknown_result_is_named():
    with pytest.raises(ValueError, match=r"no stored result 'moon', expected one of .*09_ablation"):
        results.load("moon")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (12.4, "12 s"), (59.9, "1 min"), (337, "6 min"), (3600, "1 h"), (12345, "3 h 26 min")],
)
def test_a_time_in_words(seconds, said):
    assert results.duration(seconds) == said
