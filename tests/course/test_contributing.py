"""CONTRIBUTING.md: what its recipes name is there, and no recipe has more than five steps."""

import re

import pytest

from tests.course.repository import ROOT, tracked

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PLACEHOLDER = re.compile(r"NN|NAME|\b(test_)?(name|topic|module|trial)\b")


def named_files(text):
    """Files with their ending that a text names between backquotes; names that stand for others left out."""
    words = [word for quoted in re.findall(r"`+([^`\n]+)`+", text) for word in quoted.split()]
    files = [word for word in words if re.fullmatch(r"[\w./-]+\.(py|md|yml|toml|txt|json)", word)]
    return {word for word in files if not PLACEHOLDER.search(word)}


def recipes(text):
    """The first words of each recipe and the number of its steps."""
    found = {}
    for block in re.split(r"\n(?=\*\*)", text):
        steps = re.findall(r"(?m)^(\d+)\. ", block)
        if steps:
            found[block.strip("*").partition("**")[0]] = len(steps)
    return found


def test_every_file_that_is_named_is_there():
    files = tracked()
    missing = {word for word in named_files(TEXT) if not any(f == word or f.endswith(f"/{word}") for f in files)}
    missing -= {name for name in missing if (ROOT / name).is_file()}
    assert not missing, f"CONTRIBUTING.md names {sorted(missing)}"


def test_every_command_that_is_named_is_a_target():
    missing = {target for target in re.findall(r"`make ([a-z-]+)", TEXT) if not re.search(rf"(?m)^{target}:", MAKEFILE)}
    assert not missing, f"CONTRIBUTING.md names make {', '.join(missing)}"


@pytest.mark.parametrize(("recipe", "steps"), recipes(TEXT).items(), ids=recipes(TEXT))
def test_a_recipe_has_five_steps_at_most(recipe, steps):
    assert steps <= 5, f"{recipe}: {steps} steps"


def test_there_are_recipes_and_files_to_look_at():
    assert len(recipes(TEXT)) >= 6
    assert {"tests/systems/test_every_system.py", "systems/records.py", "_toc.yml"} <= named_files(TEXT)
    assert named_files("`tests/no.py` and `fast/name.py`, `NN_topic.md`") == {"tests/no.py"}
