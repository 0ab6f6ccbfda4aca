"""python -m rnncourse.systems.captioning: train, evaluate, caption; what goes wrong is one line."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
Image = pytest.importorskip("PIL.Image", reason="the extra [data] is not installed")

from rnncourse.reference.metrics import corpus_bleu  # noqa: E402
from rnncourse.systems import captioning  # noqa: E402
from rnncourse.systems.captioning.command import TOLERANCE, exact, main  # noqa: E402
from rnncourse.systems.captioning.scoring import scores  # noqa: E402
from rnncourse.systems.captioning.storage import record  # noqa: E402


@pytest.fixture(scope="module")
def coco(tmp_path_factory):
    """Sixty drawn pictures in COCO's format, two captions each."""
    folder, rng = tmp_path_factory.mktemp("coco"), np.random.default_rng(4)
    images, annotations = [], []
    for k in range(60):
        colour = ("red", "green", "blue")[k % 3]
        Image.new("RGB", (30, 24), colour).save(folder / f"{k}.jpg")
        images.append({"id": k, "file_name": f"{k}.jpg"})
        annotations += [{"image_id": k, "caption": f"All {colour}."}, {"image_id": k, "caption": f"only {colour}"}]
    rng.shuffle(annotations)
    (folder / "captions.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder


@pytest.fixture(scope="module")
def trained(coco, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "photographs.safetensors"
    given = ["train", "--images", str(coco), "--annotations", str(coco / "captions.json"), "--size", "16"]
    given += ["--epochs", "6", "--width", "4", "--batch", "10", "--lr", "0.01", "--out", str(out), "--device", "cpu"]
    assert main(given) == 0
    return out


def test_training_on_a_coco_set_writes_the_checkpoint_and_what_it_is(trained):
    about = record(trained)
    assert about["seed"] == 0
    assert "train --images" in about["command"]
    assert {"seconds", "machine", "data", "loss", "validation_loss", "parameters"} <= set(about)
    assert about["greedy_exact"]["pictures"] >= 0.9
    assert not list(trained.parent.glob("*.partial"))


def test_an_interrupted_command_goes_on_and_another_starts_anew(coco, tmp_path, monkeypatch, capsys):
    given = ["train", "--images", str(coco), "--annotations", str(coco / "captions.json"), "--size", "16"]
    given += ["--epochs", "3", "--width", "4", "--batch", "10", "--device", "cpu"]
    real, calls = captioning.training.mean_loss, []

    def stopping(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(captioning.training, "mean_loss", stopping)
    assert main([*given, "--out", str(tmp_path / "a.safetensors")]) == 130
    assert "goes on from the last epoch" in capsys.readouterr().err
    assert len(list(tmp_path.glob("a.*.partial"))) == 1
    monkeypatch.setattr(captioning.training, "mean_loss", real)
    for name, more in (("a", []), ("b", []), ("a", ["--seed", "1"])):
        assert main([*given, *more, "--out", str(tmp_path / f"{name}.safetensors")]) == 0
        if name == "b":
            (one, _), (other, _) = (captioning.load(tmp_path / f"{n}.safetensors") for n in "ab")
            pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
            assert all(torch.equal(a, b) for a, b in pairs)
            assert record(tmp_path / "a.safetensors")["loss"] == record(tmp_path / "b.safetensors")["loss"]
    assert not list(tmp_path.glob("*.partial"))


def test_without_resume_a_command_begins_anew(coco, tmp_path, monkeypatch):
    given = ["train", "--images", str(coco), "--annotations", str(coco / "captions.json"), "--size", "16"]
    given += ["--epochs", "2", "--width", "4", "--batch", "10", "--device", "cpu", "--out", str(tmp_path / "a")]
    real, calls = captioning.training.mean_loss, []

    def counting(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(captioning.training, "mean_loss", counting)
    assert main(given) == 130
    assert main([*given, "--no-resume"]) == 0
    assert len(calls) == 4  # the first epoch was trained twice
    calls.clear()
    assert main(given) == 130
    assert main([*given, "--resume"]) == 0
    assert len(calls) == 3


def test_evaluation_says_when_a_score_is_below_the_recorded_one(coco, trained, tmp_path, capsys):
    path = tmp_path / "worse.safetensors"
    path.write_bytes(trained.read_bytes())
    given = ["evaluate", str(path), "--images", str(coco), "--annotations", str(coco / "captions.json")]
    given += ["--size", "16", "--device", "cpu", "--out", str(tmp_path / "scores.json")]
    about = record(trained)
    score = about["greedy_exact"]["pictures"]
    for change, status in (
        ({}, 0),
        ({"greedy_exact": {"pictures": score + 0.009}}, 0),
        ({"greedy_exact": {"pictures": score + 0.011}}, 1),
        ({"greedy_exact": {"pictures": score + 0.011}, "tolerance": 0.02}, 0),
        ({"greedy_exact": {"pictures": score + 0.5}, "data": "other pictures"}, 0),  # nothing to compare with
    ):
        path.with_suffix(".json").write_text(json.dumps(about | change))
        assert main(given) == status, change
        error = capsys.readouterr().err
        assert ("greedy, exact on pictures is" in error) == (status == 1), change


def test_evaluation_of_a_coco_set_uses_all_references_and_is_done_once(coco, trained, tmp_path, capsys, monkeypatch):
    given = ["evaluate", str(trained), "--images", str(coco), "--annotations", str(coco / "captions.json")]
    assert main([*given, "--size", "16", "--device", "cpu", "--out", str(tmp_path / "scores.json")]) == 0
    table = json.loads((tmp_path / "scores.json").read_text())["runs"][0]["scores"]
    assert set(table) == {"pictures"}
    assert table["pictures"]["beam 3"]["exact"] >= 0.9
    assert "teacher forced" in capsys.readouterr().out

    def never(*arguments, **options):
        raise AssertionError("scored a second time")

    monkeypatch.setattr(captioning.command, "evaluate", never)
    assert main([*given, "--size", "16", "--device", "cpu", "--out", str(tmp_path / "scores.json")]) == 0
    assert len(json.loads((tmp_path / "scores.json").read_text())["runs"]) == 1


def test_a_picture_of_your_own_is_captioned(coco, trained, capsys):
    assert main(["caption", str(coco / "1.jpg"), "--checkpoint", str(trained), "--beam", "3"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("green")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["caption", "nothing.png"], "no such picture: nothing.png"),
        (["caption", "text.png"], "not a PNG or JPEG picture that can be read: text.png"),
        (["caption", "text.png", "--checkpoint", "none.safetensors"], "no such checkpoint: none.safetensors"),
        (["caption", "text.png", "--checkpoint", "text.png"], "not a checkpoint of this captioner: text.png"),
        (["evaluate", "text.png"], "not a checkpoint of this captioner: text.png"),
        (["train", "--images", "folder"], "--images and --annotations belong together"),
        (["train", "--images", "none", "--annotations", "none"], "no such folder of pictures: none"),
        (["train", "--size", "4"], "size: 8 to 512"),
        (["train", "--size", "20"], "size: a multiple of 8"),
    ],
)
def test_a_mistake_is_one_line(given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.png").write_text("I am no picture")
    assert main([*given, "--device", "cpu"]) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert said in error[0]


def test_a_missing_package_is_one_line(monkeypatch, capsys):
    from rnncourse.data import emoji_pictures

    emoji_pictures._named_codes.cache_clear()
    monkeypatch.setitem(sys.modules, "emoji", None)
    assert main(["train", "--device", "cpu"]) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert "pip install emoji" in error[0]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this message is for machines without a GPU")
def test_a_gpu_that_is_not_there_is_one_line(capsys):
    assert main(["evaluate", "--device", "cuda"]) == 2
    assert "no GPU that torch can use" in capsys.readouterr().err


def as_program(*given, **environment):
    command = [sys.executable, "-m", "rnncourse.systems.captioning", *given]
    found = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert found.stderr.count("\n") == 1
    return found


def test_the_module_runs_as_a_program(tmp_path):
    assert as_program("caption", str(tmp_path / "no.png"), OMP_NUM_THREADS="1").returncode == 2


@pytest.mark.parametrize("package", ["torch", "safetensors"])
def test_an_extra_that_is_not_installed_is_one_line_of_the_program(package, tmp_path):
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{package}'\")\n")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    found = as_program("evaluate", "plain", "--device", "cpu", PYTHONPATH=path)
    assert found.returncode == 2
    assert package in found.stderr


@pytest.mark.parametrize("name", ["plain", "attention"])
def test_a_stored_checkpoint_is_found_by_its_name(name, capsys):
    pytest.importorskip("emoji", reason="the extra [data] is not installed")
    from rnncourse.data import emoji_pictures

    heart = emoji_pictures._folder("twemoji") / "1f49a.png"
    assert main(["caption", str(heart), "--checkpoint", name, "--device", "cpu"]) == 0
    assert capsys.readouterr().out.startswith(f"{heart}: green ")  # "circle", says one of them


def test_our_bleu_equals_sacrebleus_on_captions():
    sacrebleu = pytest.importorskip("sacrebleu", reason="the extra [test] is not installed")
    pytest.importorskip("emoji", reason="the extra [data] is not installed")
    data = captioning.emoji_data(32)
    truth = [several[0] for several in data.captions]
    rng = np.random.default_rng(0)
    for _ in range(5):  # captions that are near misses: another picture's words in place of some
        chosen, other = rng.integers(0, len(truth), (2, 300))
        said = []
        for a, b in zip(chosen, other, strict=True):
            words, swap = truth[a].split(), truth[b].split()
            said.append(" ".join(w if rng.random() < 0.8 else swap[k % len(swap)] for k, w in enumerate(words)))
        references = [truth[a] for a in chosen]
        ours = scores(said, [[r] for r in references])
        for n in range(1, 5):
            theirs = sacrebleu.BLEU(max_ngram_order=n, tokenize="none", smooth_method="none")
            assert 100 * ours[f"BLEU-{n}"] == pytest.approx(theirs.corpus_score(said, [references]).score, abs=1e-9)
    assert corpus_bleu([["a"]], [[["a"]]], 1) == 1.0


@pytest.mark.parametrize("name", ["plain", "attention"])
def test_the_stored_checkpoint_is_small_and_scores_what_it_says(name):
    pytest.importorskip("emoji", reason="the extra [data] is not installed")
    path = captioning.stored(name)
    about = record(path)
    assert path.stat().st_size <= 5_000_000
    assert {"command", "seed", "seconds", "machine"} <= set(about)
    data = captioning.emoji_data(32)
    assert about["data"] == data.fingerprint
    model, vocabulary = captioning.load(path)
    for part in ("pictures", "combinations"):
        found = exact(model, vocabulary, data, part)
        assert found == pytest.approx(about["greedy_exact"][part], abs=TOLERANCE)
    assert about["greedy_exact"]["pictures"] >= 0.35


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["caption", "a.png", "--beam", "0"], "--beam: 1 to 100, got '0'"),
        (["caption", "a.png", "--beam=-1"], "--beam: 1 to 100, got '-1'"),
        (["caption", "a.png", "--threads", "-2"], "--threads: 1 to 1024, got '-2'"),
        (["caption", "a.png", "--threads", "0"], "--threads: 1 to 1024, got '0'"),
        (["caption", "a.png", "--device", "banana"], "--device: cpu, cuda or cuda:N"),
        (["train", "--device", "tpu"], "--device: cpu, cuda or cuda:N"),
        (["evaluate", "--device", "mps"], "--device: cpu, cuda or cuda:N"),
        (["train", "--batch", "0"], "--batch: 2 to 100000, got '0'"),
        (["train", "--batch", "1"], "--batch: 2 to 100000, got '1'"),
        (["train", "--size", "0"], "--size: 8 to 512, a multiple of 8, got '0'"),
        (["evaluate", "--size", "33"], "--size: a multiple of 8, 8 to 512, got '33'"),
        (["train", "--width", "0"], "--width: 1 to 256, got '0'"),
        (["train", "--epochs", "0"], "--epochs: 1 to 100000, got '0'"),
        (["train", "--lr", "nan"], "--lr: a number, above 0, at most 1, got 'nan'"),
        (["train", "--lr", "0"], "--lr: a number, above 0, at most 1, got '0'"),
        (["train", "--seed", "-1"], "--seed: 0 to 4294967295, got '-1'"),
        (["train", "--minimum-count", "0"], "--minimum-count: at least 1, got '0'"),
        (["train", "--minimum-count", "many"], "--minimum-count: a whole number, at least 1, got 'many'"),
        (["train", "--cell", "rnn"], "--cell: invalid choice: 'rnn' (choose from"),
        (["train", "--out", "folder"], "--out: a file to write, got the folder 'folder'"),
        (["train", "--out", "a.png/model"], "--out: a folder to write to, but a.png is a file"),
        (["evaluate", "--out", "folder"], "--out: a file to write, got the folder 'folder'"),
        (["evaluate", "--out", "a.png"], "--out a.png: there already, and no scores of `evaluate`"),
        (["caption", "folder"], "no such picture: folder is a folder"),
        (["evaluate", "--images", "folder", "--annotations", "folder"], "no such annotations file: folder is a folder"),
        (["nothing"], "invalid choice: 'nothing'"),
        ([], "the following arguments are required: command"),
    ],
)
def test_an_option_out_of_its_range_is_one_line_with_the_range(given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_text("I am no picture")
    (tmp_path / "folder").mkdir()
    assert main(given) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert said in error[0]


def test_a_minimum_count_that_no_word_reaches_is_named_with_the_most_that_one_does(coco, tmp_path, capsys):
    given = ["train", "--images", str(coco), "--annotations", str(coco / "captions.json"), "--size", "16"]
    given += ["--out", str(tmp_path / "a"), "--minimum-count", "1000", "--device", "cpu"]
    assert main(given) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "--minimum-count: 1 to " in error
    assert "got 1000" in error
    assert not (tmp_path / "a").exists()


def test_the_size_that_a_checkpoint_wants_is_named(coco, trained, capsys):
    given = ["evaluate", str(trained), "--images", str(coco), "--annotations", str(coco / "captions.json")]
    assert main([*given, "--size", "24", "--device", "cpu"]) == 2
    assert "takes pictures of 16 pixels, give --size 16" in capsys.readouterr().err


def test_one_bad_file_among_many_does_not_stop_the_others(coco, trained, tmp_path, capsys):
    (tmp_path / "text.png").write_text("I am no picture")
    files = [str(coco / "1.jpg"), str(tmp_path / "text.png"), str(tmp_path), str(coco / "2.jpg")]
    assert main(["caption", *files, "--checkpoint", str(trained), "--device", "cpu"]) == 2
    said = capsys.readouterr()
    assert [line.split(": ")[0] for line in said.out.splitlines()] == [files[0], files[3]]
    complaints = [line for line in said.err.splitlines() if line.startswith("python -m")]
    assert len(complaints) == 2
    assert "text.png" in complaints[0]
    assert "is a folder" in complaints[1]


def test_one_bad_checkpoint_among_many_does_not_stop_the_others(coco, trained, tmp_path, capsys):
    (tmp_path / "bad.safetensors").write_text("I am no checkpoint")
    given = ["evaluate", str(tmp_path / "bad.safetensors"), str(trained), "--images", str(coco)]
    given += ["--annotations", str(coco / "captions.json"), "--size", "16", "--device", "cpu"]
    assert main(given) == 2
    said = capsys.readouterr()
    assert f"{trained}: gru" in said.out
    assert "not a checkpoint of this captioner" in said.err


@pytest.mark.parametrize("text", ["{", "[]", '{"data": "x"}', '{"data": "x", "greedy_exact": 3}'])
def test_a_broken_record_is_named_and_a_byte_order_mark_is_read_over(coco, trained, tmp_path, capsys, text):
    path = tmp_path / "copy.safetensors"
    path.write_bytes(trained.read_bytes())
    path.with_suffix(".json").write_text(trained.with_suffix(".json").read_text(), encoding="utf-8-sig")
    given = ["caption", str(coco / "1.jpg"), "--checkpoint", str(path), "--device", "cpu"]
    assert main(given) == 0
    capsys.readouterr()
    path.with_suffix(".json").write_text(text)
    assert main(given) == 2
    error = capsys.readouterr().err
    assert "not the record of a checkpoint" in error
    assert error.count("\n") == 1


def test_it_says_how_sure_it_is_and_when_a_picture_is_unlike_what_it_knows(tmp_path, capsys):
    pytest.importorskip("emoji", reason="the extra [data] is not installed")
    from rnncourse.data import emoji_pictures

    cook = emoji_pictures._folder("twemoji") / "1f469-200d-1f373.png"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    assert main(["caption", str(cook), str(tmp_path / "noise.png"), "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    sure = [line for line in said.err.splitlines() if "log p = -" in line and "least sure" in line]
    assert len(sure) == 2
    (unlike,) = [line for line in said.err.splitlines() if "unlike the pictures that it was trained on" in line]
    assert unlike.startswith(str(tmp_path / "noise.png"))
    assert "95 % of held-out ones are within" in unlike


def test_a_models_record_holds_the_limit_of_what_it_knows(trained):
    assert set(record(trained)["familiar"]) == {"within", "limit", "mean", "whiten"}


def test_help_gives_the_ranges_and_the_measured_figures(capsys):
    from rnncourse.systems.captioning.certainty import SHARES

    for command, words in (("train", "2 to 100000"), ("evaluate", "multiple of 8"), ("caption", "1 to 100")):
        assert main([command, "--help"]) == 0
        text = " ".join(capsys.readouterr().out.split())
        assert words in text
    for kind in ("photographs", "noise", "letters"):
        assert f"{SHARES['plain'][kind]} % of {kind}" in text


@pytest.mark.parametrize("size", ["--batch", "--beam"])
def test_too_little_memory_is_one_line(monkeypatch, capsys, size):
    def full(*arguments):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    monkeypatch.setattr(captioning.command, "_train" if size == "--batch" else "_caption", full)
    assert main(["train"] if size == "--batch" else ["caption", "a.png"]) == 2
    error = capsys.readouterr().err
    assert "not enough memory" in error
    assert size in error
