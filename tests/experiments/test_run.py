"""The skeleton of the experiments: what stops a run costs that run, and no result is written over by another."""

import hashlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rnncourse.data import results
from tools.project import EXPERIMENTS, experiment

TOY = """\"\"\"A toy that trains nothing.\"\"\"

import sys
import time
from pathlib import Path

import numpy as np

from _run import After, Best, Data, Experiment

LOG = Path(__file__).with_name("made.txt")


def run(seed, *, width, slope, scale, pause, data=None):
    with LOG.open("a") as log:
        print(width, slope, seed, file=log)
    time.sleep(pause)
    error = np.abs(slope - width / 4) + 0.01 * seed
    return {"error": np.float64(scale * error), "curve": np.arange(2) + seed, "name": data and data.read_text()}


TUNED = Best((0.5, 1.0, 2.0), by="error", seeds=2)
SETTINGS = [{"width": width, "slope": TUNED} for width in (4, 8)]
SETTINGS += [{"width": 16, "slope": After("slope", {"width": 8})}, {"width": 20, "slope": 5.0}]
EXPERIMENT = Experiment(
    run,
    settings=SETTINGS,
    seeds=lambda setting: 2 if setting["width"] == 20 else 3,
    options={"scale": 1.0, "pause": 0.0},
    small={"scale": 0.5},
    constants={"H": 3},
)

if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
"""
RUNS = (
    2 * (2 * 2 + 3) + 3 + 2
)  # two tuned settings (two more values, two seeds each), one that follows, one of two seeds


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Write the toy with some text changed; its EXPERIMENT."""
    experiment("_run")
    monkeypatch.syspath_prepend(tmp_path)

    def write(*changes, name="97_toy"):
        text = TOY
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        return importlib.import_module(name).EXPERIMENT

    yield write
    for name in ("97_toy", "98_toy"):
        sys.modules.pop(name, None)


def made(folder):
    """What was run so far, a line each."""
    return (folder / "made.txt").read_text().splitlines()


def timeless(path):
    """The content of a result without its times."""
    content = json.loads(path.read_text())
    for record in (content["about"], *content["runs"].values()):
        record.pop("seconds", None)
    content["about"].pop("processor_seconds")
    return content


def one_line(capsys):
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0, said
    return said


def test_every_setting_and_seed_is_measured_once_in_plain_numbers(toy, tmp_path):
    assert toy().main(["--output", str(tmp_path / "toy.json")]) == 0
    content = json.loads((tmp_path / "toy.json").read_text())
    about, runs = content["about"], content["runs"]
    assert len(made(tmp_path)) == len(set(made(tmp_path))) == RUNS
    assert (about["done"], about["of"], about["complete"]) == (RUNS, RUNS, True)
    assert (about["seeds"], about["settings"]) == ("2 to 3", {"H": 3, "scale": 1.0, "pause": 0.0})
    assert "NumPy" in about["versions"]
    assert about["seconds"] >= 0
    assert runs["width=20, slope=5.0"]["measured"] == {
        "error": [0.0, 0.01],
        "curve": [[0, 1], [1, 2]],
        "name": [None, None],
    }


def test_the_best_value_is_kept_and_one_that_follows_takes_it_over(toy, tmp_path):
    toy().main(["--output", str(tmp_path / "toy.json")])
    runs = json.loads((tmp_path / "toy.json").read_text())["runs"]
    assert [runs[key]["chosen"] for key in ("width=4", "width=8", "width=16")] == [
        {"slope": s} for s in (1.0, 2.0, 2.0)
    ]
    tried = {trial["values"]["slope"]: trial["measured"]["error"] for trial in runs["width=8"]["tried"]}
    assert tried == {0.5: [1.5, 1.51], 1.0: [1.0, 1.01], 2.0: [0.0, 0.01]}
    assert runs["width=8"]["measured"]["error"] == [0.0, 0.01, 0.02]
    assert runs["width=16"]["measured"]["error"] == [2.0, 2.01, 2.02]


@pytest.mark.parametrize(
    ("change", "slope"),
    [
        (('by="error", seeds=2', 'by="error", seeds=2, largest=True'), 0.5),
        (("scale * error", "scale * error if slope < 2 else np.nan"), 1.0),
        (("scale * error", "-scale * error if slope < 2 else -np.inf"), 0.5),
    ],
    ids=["largest", "nan is worst", "minus infinity is worst"],
)
def test_what_is_best(toy, tmp_path, change, slope):
    toy(change).main(["--output", str(tmp_path / "toy.json")])
    assert json.loads((tmp_path / "toy.json").read_text())["runs"]["width=8"]["chosen"] == {"slope": slope}


def test_what_follows_may_take_the_median_of_what_was_measured(toy, tmp_path):
    toy(('After("slope"', 'After("error"')).main(["--output", str(tmp_path / "toy.json")])
    assert json.loads((tmp_path / "toy.json").read_text())["runs"]["width=16"]["chosen"] == {"slope": 0.01}


def test_all_combinations_of_two_tuned_values_are_tried(toy, tmp_path):
    two = ('{"width": width, "slope": TUNED}', '{"width": width, "slope": TUNED, "offset": Best((0, 1), by="error")}')
    toy(two, ("scale, pause", "scale, pause, offset=0")).main(["--output", str(tmp_path / "toy.json")])
    tried = json.loads((tmp_path / "toy.json").read_text())["runs"]["width=4"]["tried"]
    assert [tuple(trial["values"].values()) for trial in tried] == [(s, o) for s in (0.5, 1.0, 2.0) for o in (0, 1)]


def test_stopped_after_any_run_it_ends_as_if_it_had_not_been(toy, tmp_path, monkeypatch, capsys):
    toy().main(["--output", str(tmp_path / "whole.json")])
    once, skeleton, count = len(made(tmp_path)), experiment("_run"), []

    def stopping(seed):
        count.append(seed)
        if len(count) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(skeleton, "_begin_torch", stopping)
    for done in range(1, RUNS):
        count.clear()
        assert toy().main(["--output", str(tmp_path / "stopped.json")]) == 130
        assert json.loads((tmp_path / "stopped.json").read_text())["about"]["done"] == done
    assert toy().main(["--output", str(tmp_path / "stopped.json")]) == 0
    assert len(made(tmp_path)) == 2 * once, "a finished run was made again"
    assert "the same command goes on" in capsys.readouterr().err
    assert timeless(tmp_path / "stopped.json") == timeless(tmp_path / "whole.json")


def test_a_killed_process_loses_the_run_at_work_and_nothing_else(toy, tmp_path):
    toy().main(["--output", str(tmp_path / "whole.json"), "--pause", "0.02"])
    (tmp_path / "made.txt").unlink()
    command = [sys.executable, "97_toy.py", "--output", "killed.json", "--pause", "0.02"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(EXPERIMENTS), *sys.path])}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None and not ((tmp_path / "made.txt").exists() and len(made(tmp_path)) >= 4):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(made(tmp_path))
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert before < RUNS
    assert len(made(tmp_path)) <= RUNS + 1
    whole, killed = timeless(tmp_path / "whole.json"), timeless(tmp_path / "killed.json")
    assert killed["runs"] == whole["runs"]


def test_fresh_begins_anew(toy, tmp_path):
    for more in ([], ["--fresh"]):
        assert toy().main(["--output", str(tmp_path / "toy.json"), *more]) == 0
    assert len(made(tmp_path)) == 2 * RUNS


def test_times_are_summed_over_the_parts_of_a_run(toy, tmp_path, monkeypatch):
    skeleton, count = experiment("_run"), []

    def stopping(seed):
        count.append(seed)
        if len(count) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(skeleton, "_begin_torch", stopping)
    given = ["--output", str(tmp_path / "toy.json"), "--pause", "0.01"]
    assert [toy().main(given), toy().main(given)] == [130, 0]
    assert json.loads((tmp_path / "toy.json").read_text())["about"]["seconds"] >= 0.01 * RUNS


def test_seeds_may_grow_and_what_was_made_stays(toy, tmp_path):
    output = ["--output", str(tmp_path / "toy.json")]
    toy().main(["--output", str(tmp_path / "whole.json"), "--seeds", "3"])
    before = len(made(tmp_path))
    for seeds in ("1", "2", "3"):
        assert toy().main([*output, "--seeds", seeds]) == 0
    assert len(made(tmp_path)) == 2 * before
    assert timeless(tmp_path / "toy.json")["runs"] == timeless(tmp_path / "whole.json")["runs"]


def test_what_follows_is_made_anew_when_more_seeds_change_what_it_follows(toy, tmp_path):
    """Slope 0.5 is best with the first seed, 2 with the first two; the setting that follows must not keep 0.5."""
    change = ("error = np.abs(slope - width / 4) + 0.01 * seed", "error = np.abs(slope - 0.5 - 9 * (seed > 0)) ** 2")
    for path, numbers in ((tmp_path / "whole.json", ["2"]), (tmp_path / "grown.json", ["1", "2"])):
        for seeds in numbers:
            assert toy(change).main(["--output", str(path), "--seeds", seeds]) == 0
            runs = json.loads(path.read_text())["runs"]
            assert runs["width=16"]["chosen"] == {"slope": 0.5 if seeds == "1" else 2.0}
    assert timeless(tmp_path / "grown.json")["runs"] == timeless(tmp_path / "whole.json")["runs"]


@pytest.mark.parametrize("fewer", ["(0.5, 1.0)", "(0.5,)", "(1.0, 2.0)"])
def test_more_values_may_be_tried_and_end_as_if_all_had_been_tried_at_once(toy, tmp_path, fewer):
    """Width 4 keeps what was best, with its seeds; width 8 takes what is better, where that is new."""
    whole, grown = tmp_path / "whole.json", tmp_path / "grown.json"
    toy().main(["--output", str(whole)])
    toy(("(0.5, 1.0, 2.0)", fewer)).main(["--output", str(grown)])
    before = made(tmp_path)
    assert toy().main(["--output", str(grown)]) == 0
    assert timeless(grown) == timeless(whole)
    new = made(tmp_path)[len(before) :]
    assert not set(new) & set(before[RUNS:])
    assert len(new) == {"(0.5, 1.0)": 2 + 3 + 3, "(0.5,)": 4 + 1 + 4 + 1 + 3, "(1.0, 2.0)": 4}[fewer]


@pytest.mark.parametrize("after", range(1, RUNS))
def test_values_may_be_added_to_what_was_stopped_anywhere(toy, tmp_path, monkeypatch, after):
    whole, grown, stops = tmp_path / "whole.json", tmp_path / "grown.json", []
    toy().main(["--output", str(whole)])

    def stopping(seed):
        stops.append(seed)
        if len(stops) == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["_run"], "_begin_torch", stopping)
        toy(("(0.5, 1.0, 2.0)", "(1.0,)")).main(["--output", str(grown)])
        stops.clear()
        toy(("(0.5, 1.0, 2.0)", "(1.0, 2.0)")).main(["--output", str(grown)])
    assert toy().main(["--output", str(grown)]) == 0
    assert timeless(grown) == timeless(whole)


def test_stopped_while_more_values_are_tried_it_goes_on(toy, tmp_path, monkeypatch):
    whole, grown = tmp_path / "whole.json", tmp_path / "grown.json"
    toy().main(["--output", str(whole)])
    toy(("(0.5, 1.0, 2.0)", "(0.5, 1.0)")).main(["--output", str(grown)])
    skeleton, runs = sys.modules["_run"], []

    def stopping(seed):
        runs.append(seed)
        if len(runs) in (2, 4, 6):
            raise KeyboardInterrupt

    monkeypatch.setattr(skeleton, "_begin_torch", stopping)
    assert [toy().main(["--output", str(grown)]) for _ in range(4)] == [130, 130, 130, 0]
    assert timeless(grown) == timeless(whole)


def test_settings_may_be_added_and_come_in_the_scripts_order(toy, tmp_path):
    output = ["--output", str(tmp_path / "toy.json")]
    toy().main(output)
    assert toy(("(4, 8)]", "(2, 4, 8)]")).main(output) == 0
    assert len(made(tmp_path)) == RUNS + 7
    assert next(iter(json.loads((tmp_path / "toy.json").read_text())["runs"])) == "width=2"


@pytest.mark.parametrize(
    ("change", "given", "said"),
    [
        (('"H": 3', '"H": 4'), [], "H is 3, here 4"),
        (("", ""), ["--scale", "2"], "scale is 1.0, here 2.0"),
        (("", ""), ["--seeds", "1"], "has 3 seeds, here 1"),
        (("(4, 8)]", "(8,)]"), [], "width=4 is not of this experiment"),
        (("(0.5, 1.0, 2.0)", "(0.5, 1.0)"), [], "width=4 is "),
        (("constants={", "constants={'new': 1, "), [], "new is missing"),
    ],
)
def test_another_result_is_refused_and_left_as_it_is(toy, tmp_path, capsys, change, given, said):
    output = tmp_path / "toy.json"
    toy().main(["--output", str(output)])
    before = output.read_bytes()
    capsys.readouterr()
    assert toy(change).main(["--output", str(output), *given]) == 2
    line = one_line(capsys)
    assert "is another result" in line
    assert said in line
    assert "--fresh" in line
    assert output.read_bytes() == before


def test_the_result_of_another_experiment_is_refused(toy, tmp_path, capsys):
    output = tmp_path / "toy.json"
    toy().main(["--output", str(output)])
    capsys.readouterr()
    assert toy(name="98_toy").main(["--output", str(output)]) == 2
    assert "that of 97_toy" in one_line(capsys)


def damage_settings(content):
    content["about"]["settings"]["H"] = 4


def damage_numbers(content):
    content["runs"]["width=4"]["measured"]["error"].pop()


@pytest.mark.parametrize("damage", [damage_settings, damage_numbers, lambda content: content.pop("about")])
def test_a_damaged_result_is_refused(toy, tmp_path, capsys, damage):
    output = tmp_path / "toy.json"
    toy().main(["--output", str(output)])
    content = json.loads(output.read_text())
    damage(content)
    output.write_text(json.dumps(content))
    capsys.readouterr()
    assert toy().main(["--output", str(output)]) == 2
    assert "is damaged, or not the result of an experiment" in one_line(capsys)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"about": 1, "runs": 2}', "I am no result"])
def test_another_file_is_refused(toy, tmp_path, capsys, text):
    output = tmp_path / "toy.json"
    output.write_text(text)
    assert toy().main(["--output", str(output)]) == 2
    assert "is damaged, or not the result of an experiment" in one_line(capsys)
    assert output.read_text() == text


def test_a_fault_in_a_run_is_shown_in_full_and_what_was_made_before_stays(toy, tmp_path):
    fault = ("error = np.abs", "1 / (width - 8); error = np.abs")
    with pytest.raises(ZeroDivisionError):
        toy(fault).main(["--output", str(tmp_path / "toy.json")])
    with pytest.raises(ValueError, match="of the run"):
        toy(("error = np.abs", "int('of the run') if width == 8 else 0; error = np.abs")).main(
            ["--output", str(tmp_path / "toy.json")]
        )
    assert json.loads((tmp_path / "toy.json").read_text())["about"]["done"] == 7
    assert toy().main(["--output", str(tmp_path / "toy.json")]) == 0
    assert not list(tmp_path.glob("*.partial"))


def test_a_folder_that_is_not_there_is_one_line(toy, tmp_path, capsys):
    assert toy().main(["--output", str(tmp_path / "nowhere" / "toy.json")]) == 2
    assert "no such folder" in one_line(capsys)


@pytest.mark.parametrize("given", [["--small"], ["--scale", "2"], ["--seeds", "0"]])
def test_what_is_no_whole_result_does_not_go_where_chapters_look(toy, monkeypatch, tmp_path, capsys, given):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert toy().main(given) == 2
    assert ("--output FILE" if given != ["--seeds", "0"] else "at least 1") in one_line(capsys)
    assert not list(tmp_path.glob("*.json"))


def test_a_chapter_loads_a_result_only_when_it_is_complete(toy, monkeypatch, tmp_path):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    toy().main([])
    assert results.load("97_toy")["about"]["complete"] is True
    assert results.made(results.load("97_toy")).startswith("python experiments/97_toy.py\n2 to 3 seeds, ")
    count = []

    def stopping(seed):
        count.append(seed)
        if len(count) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(experiment("_run"), "_begin_torch", stopping)
    assert toy().main(["--fresh"]) == 130
    with pytest.raises(ValueError, match=rf"97_toy is not complete: 4 of {RUNS} runs; go on with `python experiments"):
        results.load("97_toy")


def test_what_was_measured_is_found_by_the_settings(toy, tmp_path):
    toy().main(["--output", str(tmp_path / "toy.json")])
    stored = json.loads((tmp_path / "toy.json").read_text())
    assert results.table(stored, "error", "slope", "width")[2.0] == {8: [0.0, 0.01, 0.02], 16: [2.0, 2.01, 2.02]}
    assert results.table(stored, "slope", "width") == {4: 1.0, 8: 2.0, 16: 2.0, 20: 5.0}
    assert set(results.table(stored, "seconds", "width")) == {4, 8, 16, 20}
    with pytest.raises(ValueError, match="slope do not tell width=16 from another"):
        results.table(stored, "error", "slope")
    with pytest.raises(ValueError, match="loss, width asked for, but width=4 has seconds, width, slope, error"):
        results.table(stored, "loss", "width")


def test_a_file_that_readers_lack_is_known_by_its_hash(toy, tmp_path, capsys):
    (tmp_path / "words.txt").write_text("to be")
    (tmp_path / "other.txt").write_text("or not")
    declared = hashlib.sha256(b"to be").hexdigest()
    change = ("constants={", f"data=Data('some words', '{declared}'), constants={{")
    output = tmp_path / "toy.json"
    for given, said in (([], "give --data FILE: some words"), (["--data", str(tmp_path / "other.txt")], "is not some")):
        assert toy(change).main(["--output", str(output), *given]) == 2
        assert said in one_line(capsys)
        assert not output.exists()
    assert toy(change).main(["--output", str(output), "--data", str(tmp_path / "words.txt")]) == 0
    content = json.loads(output.read_text())
    assert content["about"]["data"]["sha256"] == declared
    assert content["about"]["command"] == "python experiments/97_toy.py --data FILE"
    assert content["runs"]["width=4"]["measured"]["name"] == ["to be"] * 3
    assert toy(change).main(["--output", str(tmp_path / "small.json"), "--small"]) == 0
    assert json.loads((tmp_path / "small.json").read_text())["runs"]["width=4"]["measured"]["name"] == [None]


@pytest.mark.parametrize(
    "change",
    [
        ("(4, 8)]", "(4, 4)]"),
        ('After("slope", {"width": 8})', 'After("slope", {"width": 20})'),
        ('"width": 16, "slope"', '"width": 16, "scale": 2, "slope"'),
        ('small={"scale"', 'small={"scales"'),
    ],
    ids=["twice", "needs a later one", "the name of an option", "no such option"],
)
def test_a_declaration_that_cannot_be_meant_is_refused(toy, change):
    with pytest.raises(ValueError, match="97_toy: "):
        toy(change)


def test_every_run_begins_from_its_seed_on_one_thread(toy, tmp_path):
    torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
    threads = torch.get_num_threads()
    change = (
        '"name": data and data.read_text()',
        '"name": [__import__("torch").rand(1), __import__("torch").get_num_threads()]',
    )
    try:
        toy(change).main(["--output", str(tmp_path / "toy.json")])
    finally:
        torch.set_num_threads(threads)
    drawn = [r["measured"]["name"] for r in json.loads((tmp_path / "toy.json").read_text())["runs"].values()]
    assert all(d[:2] == drawn[0][:2] for d in drawn)
    assert drawn[0][0] != drawn[0][1]
    assert all(n == 1 for d in drawn for _, n in d)


def test_numbers_have_five_digits_and_a_list_of_them_one_line(toy, tmp_path):
    plain = experiment("_record").plain
    assert plain({"a": np.float32(1 / 3), 2: (np.int64(3), True, None, "x")}) == {
        "a": 0.33333,
        "2": [3, True, None, "x"],
    }
    toy().main(["--output", str(tmp_path / "toy.json")])
    assert '"error": [0.0, 0.01, 0.02]' in (tmp_path / "toy.json").read_text()


def test_help_says_what_it_is_about_and_lists_its_options(toy, capsys):
    with pytest.raises(SystemExit):
        toy().main(["--help"])
    said = capsys.readouterr().out
    for words in ("A toy that trains nothing", "--scale", "--seeds", "--small", "--output", "--fresh", "97_toy"):
        assert words in said
