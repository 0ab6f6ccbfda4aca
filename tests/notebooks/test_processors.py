"""Chapters run as other processors would: what is recorded, what is nudged, what is not available, and the page."""

import json
import os

import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellTimeoutError

from tools import processors, processors_page
from tools.in_kernel import nudged
from tools.processors import NOISE, SETTINGS, VARIABLES, Setting, available, environment, measure
from tools.project import KERNEL_ENVIRONMENT

HEADER = "---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n# A title\n\n"
DRAWS = """import copy
import json
import numpy as np
import torch
from rnncourse import reference
rng = lambda: np.random.default_rng(3)
torch.manual_seed(3)
drawn = [rng().normal(size=5), rng().standard_normal(5), [rng().uniform()], rng().integers(9, size=5)]
drawn += [reference.init_params("lstm", 3, 4, rng=rng()).R[0], rng().permutation(5)]
drawn += [torch.nn.LSTM(3, 4).weight_hh_l0[0], torch.nn.Embedding(3, 4).weight[0], torch.randn(3)]
print(json.dumps([[float(n) for n in d] for d in drawn]))
assert np.array_equal(rng().normal(size=5), drawn[0]), "the same seed gives the same numbers"
first = rng()
assert np.array_equal(copy.deepcopy(first).normal(size=5), first.normal(size=5)), "a copy is nudged as well"
"""


def chapter(tmp_path, *cells):
    path = tmp_path / "00_trial.md"
    path.write_text(HEADER + "\n".join(f"```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells))
    return path


def drawn(notebook):
    return [np.array(d) for d in json.loads(notebook.cells[-2].outputs[0].text)]


def test_every_claim_is_recorded_and_the_chapter_goes_on(tmp_path):
    source = chapter(
        tmp_path,
        "from rnncourse.claims import claim",
        'claim("One.", measured=[1, 2], tolerance=0, holds=True)',
        'claim("Two.", measured=2.5, tolerance=0, holds=False)',
        'claim("Three.", measured=3, tolerance=0, holds=True)',
    )
    result, _ = measure(source, SETTINGS["own"])
    assert [(c["statement"], c["holds"], c["value"]) for c in result["claims"]] == [
        ("One.", True, "mean 1.5 (1 to 2), 2 seeds"),
        ("Two.", False, "2.5"),
        ("Three.", True, "3"),
    ]
    assert "stops" not in result
    assert result["kernel"]["threads"] == 1


def test_an_error_that_is_no_claim_is_told(tmp_path):
    one = 'from rnncourse.claims import claim\nclaim("One.", measured=1, tolerance=0, holds=True)'
    source = chapter(tmp_path, "1 / 0", one)
    result, _ = measure(source, SETTINGS["own"])
    assert result["stops"] == "ZeroDivisionError: division by zero"
    assert len(result["claims"]) == 1


@pytest.mark.slow
def test_noise_moves_every_weight_a_little_and_no_integer(tmp_path):
    source = chapter(tmp_path, DRAWS)
    _, plain = measure(source, SETTINGS["own"])
    result, noisy = measure(source, SETTINGS["noise"])
    assert "stops" not in result, result
    for number, (before, after) in enumerate(zip(drawn(plain), drawn(noisy), strict=True)):
        if number in (3, 5):
            assert np.array_equal(before, after), "integers and permutations stay"
        else:
            moved = np.abs(after / before - 1)
            assert 0 < moved.max() < 1.3 * NOISE, f"draw {number} moved by {moved}"  # float32 rounds


def test_the_noise_is_even_repeatable_and_keeps_the_type():
    values = np.random.default_rng(0).normal(size=20_000)
    u = (nudged(values, 1e-3) / values - 1) / 1e-3
    assert -1 <= u.min() < -0.99
    assert 0.99 < u.max() <= 1
    assert abs(u.mean()) < 0.02
    assert abs(np.corrcoef(u, values)[0, 1]) < 0.03
    assert np.array_equal(nudged(values, 1e-3), nudged(values, 1e-3))
    assert nudged(np.float32([0.5, 0]), 1e-3).dtype == np.float32
    assert nudged(np.float32([0.5, 0]), 1e-3)[1] == 0
    assert isinstance(nudged(0.5, 1e-3), float)


def test_a_setting_sets_or_removes_every_variable(monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, "from the shell")
    for setting in SETTINGS.values():
        given = environment(setting)
        assert {name: given[name] for name in VARIABLES & given.keys()} == {
            name: setting.variables.get(name, value)
            for name, value in (KERNEL_ENVIRONMENT | setting.variables).items()
            if name in VARIABLES
        }
    assert "OPENBLAS_CORETYPE" not in environment(SETTINGS["own"])
    assert environment(SETTINGS["two threads"])["OMP_NUM_THREADS"] == "2"


def test_what_this_processor_cannot_run_is_not_available():
    unheard_of = {"OPENBLAS_CORETYPE": "AProcessorOfNextYear"}
    assert not available(Setting("", unheard_of, blas="AProcessorOfNextYear"))
    assert not available(Setting("", {}, torch="AVX4096"))
    assert not available(Setting("", {}, cores=1 + (os.cpu_count() or 1)))
    assert available(Setting("", {}))


def test_only_missing_and_old_runs_are_made_and_each_is_kept(tmp_path, monkeypatch):
    made = []

    def run(path, setting):
        made.append((path.stem, setting.words))
        if len(made) == 2:
            raise CellTimeoutError
        if len(made) == 4:
            raise KeyboardInterrupt
        return {"claims": [], "kernel": {}}, nbformat.v4.new_notebook()

    for module in (processors, processors_page):
        monkeypatch.setattr(module, "STORED", tmp_path / "processors.json")
    monkeypatch.setattr(processors, "measure", run)
    monkeypatch.setattr(processors, "apart_from_stored", lambda path, notebook: [])
    monkeypatch.setattr(processors, "available", lambda setting: setting.cores == 1)
    source = chapter(tmp_path, "1 + 1")
    with pytest.raises(KeyboardInterrupt):
        processors.measure_all([source], [*SETTINGS])
    assert list(processors_page.load()["runs"]["00_trial"]) == ["own", "AVX2"], "a slow machine is no failure"
    processors.measure_all([source], [*SETTINGS])
    words = [SETTINGS[name].words for name in ("own", "AVX-512", "AVX2", "SSE4", "AVX-512", "SSE4", "noise")]
    assert made == [("00_trial", w) for w in words]
    runs = processors_page.load()["runs"]["00_trial"]
    assert {name for name, run in runs.items() if not run["available"]} == {"two threads"}
    processors.measure_all([source], [*SETTINGS])
    assert len(made) == len(words), "nothing is run twice"
    source.write_text(source.read_text().replace("1 + 1", "1 + 2"))
    assert len(processors.missing([source], [*SETTINGS])) == 6


def test_the_page_is_up_to_date():
    said = "book/processors.md is out of date: run `make notebooks`"
    assert processors_page.PAGE.read_text(encoding="utf-8") == processors_page.page(), said


def test_the_page_tells_failures_old_runs_and_what_is_missing(tmp_path, monkeypatch):
    kernel = {"blas": "Haswell", "torch": "AVX2", "threads": 1, "versions": {"numpy": "2", "torch": "3"}}
    claims = [{"statement": "a | b.", "holds": False, "value": "0.58"}]
    claims += [{"statement": "c.", "holds": True, "value": "1"}]
    run = {"available": True, "processor": "P", "digest": "new", "kernel": kernel, "claims": claims, "apart": ["x"]}
    row = {"own": run, "AVX2": run | {"digest": "old"}, "SSE4": {"available": False, "processor": "P", "digest": "new"}}
    row["noise"] = run | {"stops": "NameError: name 'x' is not defined"}
    settings = {name: {"words": s.words, "variables": s.variables} for name, s in SETTINGS.items()}
    monkeypatch.setattr(processors_page, "STORED", tmp_path / "processors.json")
    (tmp_path / "processors.json").write_text(json.dumps({"settings": settings, "runs": {"00_trial": row}}))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A title")])
    notebook.metadata.rnncourse = {"digest": "new"}
    nbformat.write(notebook, tmp_path / "00_trial.ipynb")
    lines = processors_page.page(tmp_path).splitlines()
    link = "| [A title](../notebooks/00_trial.ipynb) |"
    assert f"{link} 1 of 2 | not run yet | 1 of 2 † | not available here | not run yet | stops |" in lines
    assert f"{link} 1 | not run yet | 1 † | not available here | not run yet | 1 |" in lines
    assert r"| 00_trial | own | a \| b. | 0.58 |" in lines
    assert "| 00_trial | noise | (the chapter stops) | NameError: name 'x' is not defined |" in lines
    assert any(line.startswith("† ") for line in lines)
    assert any(line.endswith("| Haswell, AVX2, 1 thread |") for line in lines)
    assert "Run on: P with numpy 2, torch 3." in lines


def test_the_stored_settings_are_those_that_are_run():
    stored = processors_page.load()["settings"]
    assert stored == {name: {"words": s.words, "variables": s.variables} for name, s in SETTINGS.items()}
