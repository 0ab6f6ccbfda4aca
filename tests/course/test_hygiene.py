"""What a public repository must not hold: paths of a machine, hosts of registries, unfinished notes, large files."""

import re
from pathlib import Path

import pytest

from tests.course.repository import ROOT, texts, tracked

FOLDERS = ["home/[a-z]", "Users/[A-Za-z]", "root/", "work/", "mnt/data"]
MACHINE = re.compile(r"(?<![\w.$}])/(?:" + "|".join(FOLDERS) + ")")
INDICES = [r"\bpypi\." + "org", "pythonhosted" + r"\.org", "registry.npm" + "js", "anaconda" + r"\.org"]
HOSTS = re.compile("|".join(INDICES))
INDEX = re.compile("--(?:extra-)?index" + "-url")
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
OURS = Path(__file__).relative_to(ROOT).as_posix()


def offenders(pattern, *, notebooks=False):
    found = []
    for name, text in texts(notebooks=notebooks).items():
        if name == OURS:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if (match := pattern.search(line)) and "image/png" not in line:
                found.append(f"{name}:{number}: {match[0]}")
    return found


def test_no_path_of_a_machine():
    assert not offenders(MACHINE, notebooks=True)


@pytest.mark.parametrize("pattern", [HOSTS, INDEX], ids=["host", "index"])
def test_no_address_of_a_package_registry(pattern):
    assert not offenders(pattern, notebooks=True)


def test_nothing_is_marked_as_unfinished():
    assert not offenders(UNFINISHED)


def test_no_file_is_large():
    limit = {".ipynb": 3_000_000, ".safetensors": 8_000_000}
    sizes = {name: (ROOT / name).stat().st_size for name in tracked()}
    large = {n: size for n, size in sizes.items() if size > limit.get(Path(n).suffix, 1_500_000)}
    assert not large, f"too large for a repository: {large}"
    assert sum(sizes.values()) < 60_000_000, f"all files together: {sum(sizes.values()) / 1e6:.0f} MB"


def test_nothing_that_is_built_is_kept():
    built = [n for n in tracked() if re.search(r"(^|/)(_build|__pycache__|\.venv|\.ipynb_checkpoints)/|\.pyc$", n)]
    assert not built


def test_licences_stand_beside_data():
    tables = [n for n in tracked() if n.startswith("rnncourse/data/") and Path(n).suffix in {".npz", ".csv", ".npy"}]
    for name in tables:
        module = ROOT / "rnncourse/data" / f"{Path(name).stem}.py"
        assert module.is_file(), f"{name}: no module of the same name says where it comes from"
        text = module.read_text(encoding="utf-8")
        assert re.search(r"(?m)^SOURCE\b", text), f"{module.name} does not say its SOURCE"
        assert re.search(r"(?m)^LICENCE\b", text), f"{module.name} does not say its LICENCE"
