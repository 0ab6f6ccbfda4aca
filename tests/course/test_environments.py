"""pyproject.toml, constraints.txt and environment.yml agree: names, ranges, the CPU build, Python's versions."""

import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.course.repository import ROOT
from tools.environment import EXTRAS, SUPPORTED
from tools.lowest import LOWEST, lowest
from tools.project import metadata

PROJECT = metadata()["project"]
EXTRA = PROJECT["optional-dependencies"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
FROM_PIP = next(entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))
FROM_CONDA = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
CALLED = {"pytorch": "torch", "matplotlib-base": "matplotlib"}  # conda-forge's name → the package index's
FOR_READERS = ["torch", "interactive", "data"]  # the extras that running a chapter needs
ONLY_HERE = {"python", "pip", "jupyterlab", "jupytext", "ipykernel"}


def requirements(*extras):
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRA[extra])]
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(r.name): str(r.specifier) for r in pinned}


def conda_parts():
    """Conda's name → range and build of each entry, which is `name`, `name>=1.2` or `name >=1.2 build*`.

    Strict parsers (py-rattler's, tried with every entry) take nothing else.
    """
    return {
        name: (re.sub(r"^=(?==)?", "==", range_) if range_.startswith("=") else range_, build)
        for name, range_, build in (
            re.fullmatch(r"([\w.-]+)(?: ?([<>=!][\w.,<>=!*]*))?(?: ([\w*]+))?", entry).groups(default="")
            for entry in FROM_CONDA
        )
    }


def conda_requirements():
    return {
        CALLED.get(name, name): SpecifierSet(range_) for name, (range_, _) in conda_parts().items() if name != "python"
    }


def test_every_pin_is_exact_and_satisfies_its_range():
    for name, specifier in requirements(*EXTRA).items():
        assert name in pins(), f"constraints.txt has no version of {name}"
        assert re.fullmatch(r"==[\w.!+-]+", pins()[name]), f"constraints.txt does not pin {name}"
        assert specifier.contains(pins()[name][2:]), f"{name}: {pins()[name]} is outside of pyproject's {specifier}"


def test_pyproject_gives_ranges_and_never_pins():
    for name, specifier in requirements(*EXTRA).items():
        assert specifier, f"pyproject.toml gives no range for {name}"
        assert all(part.operator in {">=", "<", "!="} for part in specifier), f"pyproject.toml pins {name}: {specifier}"


def test_conda_environment_has_what_a_reader_needs_in_the_same_ranges():
    ours = requirements(*FOR_READERS)
    conda = conda_requirements()
    from_pip = {canonicalize_name(r.name): r.specifier for r in map(Requirement, FROM_PIP[:-1])}
    assert FROM_PIP[-1] == "-e ."
    assert not set(conda) & set(from_pip), "the same package from conda and from pip"
    assert set(ours) == (set(conda) | set(from_pip)) - ONLY_HERE, "environment.yml names other packages"
    for name, specifier in (conda | from_pip).items():
        if name in ours:
            assert specifier == ours[name], f"environment.yml: {name}{specifier}, pyproject.toml: {name}{ours[name]}"
        if name in pins():
            assert specifier.contains(pins()[name][2:]), f"environment.yml excludes {name}{pins()[name]}"


def test_conda_takes_the_cpu_build_of_torch():
    assert conda_parts()["pytorch"][1] == "cpu*"


def test_supported_python_is_said_alike_everywhere():
    range_ = SpecifierSet(PROJECT["requires-python"])
    assert {f"3.{minor}" for minor in range(8, 20) if range_.contains(f"3.{minor}")} == {
        f"{major}.{minor}" for major, minor in SUPPORTED
    }
    matrix = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]["test"]["strategy"]["matrix"]
    assert {tuple(map(int, version.split("."))) for version in matrix["python"]} == set(SUPPORTED)
    classified = {c.rpartition(" ")[2] for c in PROJECT["classifiers"] if c.startswith("Programming Language")}
    assert classified == {f"{major}.{minor}" for major, minor in SUPPORTED}


def test_binder_gets_a_supported_python():
    """repo2docker (buildpacks/conda, 2026.4) looks for `python=3.12` by this expression and takes no range."""
    found = [match[1] for entry in FROM_CONDA if (match := re.match(r"python\s*=+\s*([\d.]*)", entry))]
    assert len(found) == 1
    assert tuple(map(int, found[0].split("."))) in SUPPORTED


def test_make_installs_every_extra():
    assert {"torch", *EXTRAS.split(",")} == set(EXTRA)


@pytest.mark.skipif(LOWEST, reason="the lowest versions are here, not the pinned ones")
@pytest.mark.parametrize("name", pins())
def test_every_pin_runs_on_every_supported_python(name):
    try:
        needs = SpecifierSet(distribution(name).metadata["Requires-Python"] or "")
    except PackageNotFoundError:
        pytest.skip("not installed here: it is for another Python, or PyTorch was left out")
    assert distribution(name).version.partition("+")[0] == pins()[name][2:], "another version is installed"
    refused = [f"{major}.{minor}.0" for major, minor in SUPPORTED if not needs.contains(f"{major}.{minor}.0")]
    assert not refused, f"{name}{pins()[name]} needs Python {needs}: not {refused}"


@pytest.mark.parametrize("name", sorted({name for extra in EXTRA for name in requirements(extra)}))
def test_every_dependency_is_explained(name):
    page = (ROOT / "book/decisions/dependencies.md").read_text().lower()
    assert re.search(rf"\b{re.escape(name)}\b", page), f"book/decisions/dependencies.md does not say what {name} is for"


def test_the_lowest_versions_are_the_lower_ends_of_the_ranges():
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt"))
    found = {canonicalize_name(r.name): r.specifier for r in map(Requirement, lowest(*texts))}
    assert set(found) == set(requirements(*EXTRA))
    for name, specifier in requirements(*EXTRA).items():
        (version,) = (part.version for part in found[name])
        assert specifier.contains(version), f"{name}: {version} is outside of {specifier}"
        lower = next(part.version for part in specifier if part.operator == ">=")
        assert version == (pins()["torch"][2:] if name == "torch" else lower)


def test_the_package_is_built_by_what_reads_its_metadata():
    """`license = "MIT"` and `license-files` (PEP 639) are read by setuptools 77 and later; Debian's venv brings 66."""
    build = {r.name: r.specifier for r in map(Requirement, metadata()["build-system"]["requires"])}
    assert not build["setuptools"].contains("76.1")
    assert requirements("test")["setuptools"] == build["setuptools"], "the tests build the package without a network"
