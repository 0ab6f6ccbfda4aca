"""python -m rnncourse.systems.language: train, evaluate, sample; what goes wrong is one line; what is stored is so."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from safetensors.torch import load_file, save_file  # noqa: E402

from rnncourse.data import plays  # noqa: E402
from rnncourse.systems import language, records  # noqa: E402
from rnncourse.systems.language.command import TOLERANCE, main  # noqa: E402

SMALL = ["--hidden", "12", "--embedding", "6", "--epochs", "2", "--rows", "4", "--window", "20", "--device", "cpu"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    for name, line in (("one.txt", "the cat sat on the mat\n"), ("two.txt", "a dog ate the hat\n")):
        (folder / name).write_text(line * 60, encoding="utf-8")
    return [str(folder / name) for name in ("one.txt", "two.txt")]


@pytest.fixture(scope="module")
def trained(texts, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "own.safetensors"
    assert main(["train", "--files", *texts, "--out", str(out), "--lr", "0.01", *SMALL]) == 0
    return out


def test_training_on_own_texts_writes_the_checkpoint_and_what_it_is(trained, texts):
    about = language.record(trained)
    assert {"seed", "seconds", "machine", "data", "loss", "choice", "parameters"} <= set(about)
    assert about["bits"].keys() == {"one.txt", "two.txt"}
    assert about["bits"]["one.txt"] < 4
    assert not list(trained.parent.glob("*.partial"))
    model, alphabet = language.load(trained)
    last = "the cat sat on the mat\n" * 6
    assert language.bits_per_character(model, alphabet, [last]) == pytest.approx(about["bits"]["one.txt"], abs=1e-4)
    for name in about["bits"]:
        assert about["bits"][name] == pytest.approx(about["bits in single precision"][name], abs=0.01)


def test_an_interrupted_command_goes_on_and_another_starts_anew(texts, trained, tmp_path, monkeypatch, capsys):
    given = ["train", "--files", *texts, "--lr", "0.01", *SMALL, "--out", str(tmp_path / "m.safetensors")]
    monkeypatch.setattr(language.training, "EVERY", 3)
    real, calls = language.training.rise_and_fall, []

    def stopping(update, updates):
        calls.append(update)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return real(update, updates)

    monkeypatch.setattr(language.training, "rise_and_fall", stopping)
    assert main(given) == 130
    assert "stopped" in capsys.readouterr().err
    assert main([*given, "--seed", "1", "--out", str(tmp_path / "m.safetensors"), "--epochs", "1"]) == 0
    assert calls[20] == 0, "another command begins anew"
    n = len(calls)
    assert main(given) == 0
    assert calls[n] > 0
    ours, theirs = load_file(tmp_path / "m.safetensors"), load_file(trained)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_evaluation_says_when_a_score_is_worse_than_the_recorded_one(trained, texts, tmp_path, capsys):
    given = ["evaluate", str(trained), "--files", *texts, "--out", str(tmp_path / "r.json"), "--device", "cpu"]
    assert main(given) == 0
    shown = capsys.readouterr().out
    assert "one.txt" in shown
    assert "perplexity" in shown
    (run,) = json.loads((tmp_path / "r.json").read_text())["runs"]
    assert run["scores"]["one.txt"]["perplexity"] == pytest.approx(2 ** run["scores"]["one.txt"]["bits"], abs=1e-3)
    record = language.record(trained)
    better = {name: bits - 2 * TOLERANCE for name, bits in record["bits"].items()}
    other = tmp_path / "other.safetensors"
    other.write_bytes(trained.read_bytes())
    other.with_suffix(".json").write_text(json.dumps(record | {"bits": better}))
    assert main(["evaluate", str(other), "--files", *texts, "--device", "cpu"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert "one.txt costs" in said
    assert main(["evaluate", str(other), "--files", texts[0], "--device", "cpu"]) == 0, "other texts, nothing to say"


def test_one_bad_checkpoint_among_many_does_not_stop_the_others(trained, texts, tmp_path, capsys):
    (tmp_path / "bad.safetensors").write_bytes(b"no such thing")
    assert main(["evaluate", str(tmp_path / "bad.safetensors"), str(trained), "--files", *texts]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "two.txt" in shown.out


def test_a_sample_begins_as_asked_and_its_seed_decides_it(trained, capsys):
    given = ["sample", "--checkpoint", str(trained), "--start", "the c", "--length", "40"]
    made = []
    for seed in ("0", "0", "1"):
        assert main([*given, "--seed", seed]) == 0
        made.append(capsys.readouterr().out)
    assert made[0] == made[1] != made[2]
    assert made[0].startswith("the c")
    assert len(made[0]) == 5 + 40 + 1
    assert main([*given, "--temperature", "0", "--seed", "5"]) == main([*given, "--temperature", "0"]) == 0
    both = capsys.readouterr().out
    assert both[:46] == both[46:], "at temperature 0 nothing is drawn"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["train", "--hidden", "0"], "--hidden"),
        (["train", "--dropout", "1"], "--dropout: a number, at least 0, at most 0.9"),
        (["train", "--files", "none.txt"], "none.txt"),
        (["train", "--files", "bytes.txt"], "bytes.txt is no text in UTF-8"),
        (["train", "--files", "short.txt"], "short.txt has 3 characters"),
        (["train", "--files", "long.txt", "--rows", "900"], "--rows: 900, more than the texts have characters"),
        (["sample", "--temperature", "-1"], "--temperature"),
        (["sample", "--checkpoint", "none"], "no such checkpoint: none"),
        (["sample", "--checkpoint", "short.txt"], "not a checkpoint of a model of text: short.txt"),
        (["evaluate", "short.txt", "--files", "long.txt"], "not a checkpoint of a model of text: short.txt"),
        ([], "command"),
    ],
)
def test_a_mistake_is_one_line(given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bytes.txt").write_bytes(b"a\xff" * 20)
    (tmp_path / "short.txt").write_text("abc")
    (tmp_path / "long.txt").write_text("abcdefghij" * 5)
    assert main(given) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


def test_the_stored_model_costs_what_its_record_says():
    path, name = language.stored(), "the-tempest"
    text = plays.load().unseen[name]
    record, (run,) = language.record(path), language.results()["runs"]
    bits = language.bits_per_character(*language.load(path), [text])
    assert bits == pytest.approx(record["bits"][name], abs=TOLERANCE)
    assert run["scores"][name]["bits"] == record["bits"][name]
    assert run["checkpoint"] == records.mark(path)
    assert bits < 2.2, "fewer than the best n-gram (12_language)"


def test_half_precision_costs_less_than_the_tolerance():
    record = language.record(language.stored())
    assert record["bits"].keys() == record["bits in single precision"].keys() == {plays.CHOICE, *plays.UNSEEN}
    assert all(abs(record["bits in single precision"][n] - bits) < TOLERANCE for n, bits in record["bits"].items())


def change(weights, name, tensor):
    return weights | {name: tensor(weights[name])}


CASES = {
    "shape": (lambda w: change(w, "readout.bias", lambda t: t[:-1].clone()), r"readout\.bias: float32 of shape"),
    "nan": (lambda w: change(w, "readout.bias", lambda t: t * np.nan), r"readout\.bias: nan at \(0,\)"),
    "missing": (lambda w: {n: t for n, t in w.items() if n != "readout.bias"}, r"readout\.bias: nothing in the file"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_does_not_fit_is_refused_by_name(name, tmp_path):
    change, said = CASES[name]
    alphabet = language.Alphabet("\nab")
    language.save(language.CharacterModel(4, embedding=3, hidden=5), alphabet, path := tmp_path / "m.safetensors")
    content = {"settings": language.load(path)[0].settings, "alphabet": alphabet.characters}
    metadata = {"kind": language.storage.KIND.name, "model": json.dumps(content)}
    save_file(change(load_file(path)), path, metadata=metadata)
    with pytest.raises(ValueError, match=said):
        language.load(path)
    save_file(load_file(path), path, metadata=metadata | {"kind": "another"})
    with pytest.raises(ValueError, match=r"of another kind \(another\)"):
        language.load(path)


def test_an_alphabet_of_another_size_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="alphabet: 3 symbols in the file, 4 in the model"):
        language.save(language.CharacterModel(4), language.Alphabet("\na"), tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_checksum_tells_one_weight_or_character_from_another():
    model = language.CharacterModel(4, embedding=3, hidden=5)
    first = language.checksum(model, language.Alphabet("\nab"))
    assert len(first) == 32
    assert language.checksum(model, language.Alphabet("\nac")) != first
    with torch.no_grad():
        model.readout.bias[2] += 1e-6
    assert language.checksum(model, language.Alphabet("\nab")) != first
