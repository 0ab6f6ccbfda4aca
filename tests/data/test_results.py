"""Every stored result says how it was made, with a script that is in the repository."""

from pathlib import Path

import pytest

from rnncourse.data import results

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in results.FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_result_names_its_command_time_and_machine(name):
    about = results.load(name)["about"]
    script = about["command"].split()[1]
    assert (ROOT / script).is_file(), f"{name}.json: {script} is not in the repository"
    assert about["seconds"] > 0, f"{name}.json: no time"
    assert about["machine"], f"{name}.json: no machine"


def test_an_unknown_result_is_named():
    with pytest.raises(ValueError, match=r"no stored result 'moon', expected one of .*lstm_ablation"):
        results.load("moon")
