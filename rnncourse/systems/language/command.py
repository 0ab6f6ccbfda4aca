"""The command line: train a model of text, score trained ones, let one write."""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.data import plays
from rnncourse.systems import records
from rnncourse.systems.language import live
from rnncourse.systems.language.packing import add_commands
from rnncourse.systems.language.scoring import costs
from rnncourse.systems.language.storage import load, save, stored
from rnncourse.systems.language.training import train
from rnncourse.systems.options import SEED, THREADS, Parser, device, new_file, real, whole
from rnncourse.systems.program import Run, checkpoint, device_of, perform, record_of, score_each

PROGRAM = "python -m rnncourse.systems.language"
MEMORY = {"train": "--rows or --hidden"}  # what takes it
SCORE = "bits"  # the record's key of what `evaluate` is compared with
TOLERANCE = 0.002  # bits per character: another processor rounds otherwise
LAST = 10  # of a reader's own texts the last tenth is not learned from: passes are judged by it
SETTINGS = ("hidden", "embedding", "dropout", "weight_dropout", "epochs", "rows", "window", "lr", "seed", "precision")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status.

    0: done.  1: `evaluate` found a score worse than the recorded one.  2: what the reader can mend, one line on stderr.
    """
    return perform(
        arguments,
        _parser(),
        lambda options: options.run,
        memory=MEMORY,
        stopped="stopped; train goes on where it was with the same command",
    )


def _train(options: argparse.Namespace, given: Sequence[str]) -> int:
    (texts, choice, scored), out = _texts(options), options.out
    settings = {name: getattr(options, name) for name in SETTINGS}
    data = fingerprint([*texts, choice])
    mark = hashlib.sha256(f"{settings} {data}".encode()).hexdigest()[:8]
    partial = out.with_suffix(f".{mark}.partial")  # the same command finds it and goes on; another starts anew
    out.parent.mkdir(parents=True, exist_ok=True)
    if not options.resume:
        partial.unlink(missing_ok=True)
    model, alphabet, history = train(texts, choice, device=device_of(options), checkpoint=partial, **settings)
    save(model, alphabet, out)
    names = list(scored)
    single = _bits(costs(model, alphabet, [scored[name] for name in names]), names)
    half = _bits(costs(*load(out, device_of(options)), [scored[name] for name in names]), names)
    about: dict[str, Any] = {
        "command": " ".join([PROGRAM, *given]),
        "seed": options.seed,
        "seconds": round(sum(history.seconds)),
        "machine": records.machine(device_of(options)),
        "data": data,
        "parameters": sum(p.numel() for p in model.parameters()),
        "loss": history.loss,
        "choice": history.validation,
        "seconds of each pass": [round(s) for s in history.seconds],
        "tolerance": TOLERANCE,
        SCORE: half,
        "bits in single precision": single,
    }
    records.write(out.with_suffix(".json"), about)
    partial.unlink(missing_ok=True)
    print(f"{out}: " + ", ".join(f"{name} {bits:.3f}" for name, bits in half.items()) + " bits per character")
    return 0


def _evaluate(options: argparse.Namespace, given: Sequence[str]) -> int:
    texts, choice, scored = _texts(options)
    data = fingerprint([*texts, choice])
    return score_each(
        [checkpoint(name, stored) for name in options.checkpoints or ["plays"]],
        PROGRAM,
        options,
        given,
        scored=lambda path: _scored(path, data, scored, options),
        below_record=below_record,
        report=report,
    )


def _scored(path: Path, data: str, texts: dict[str, str], options: argparse.Namespace) -> Run:
    """The scores of one checkpoint, with what stands beside it."""
    model, alphabet = load(path, device_of(options))
    beside = record_of(path, SCORE)
    found = _bits(costs(model, alphabet, list(texts.values())), list(texts))
    scores = {
        name: {"characters": len(text), "bits": found[name], "perplexity": 2 ** found[name]}
        for name, text in texts.items()
    }
    about = {"model": f"LSTM {model.settings['hidden']}", "seed": beside.get("seed"), "checkpoint": records.mark(path)}
    trained = {key: beside[key] for key in ("command", "machine", "parameters") if key in beside}
    return about | {"data": data, "seconds": beside.get("seconds")} | trained | {"scores": scores}


def below_record(path: Path, run: Run) -> list[str]:
    """A line for each text that costs more bits than the checkpoint's record says, where the texts are the same."""
    beside = record_of(path, SCORE)
    if beside.get("data") != run["data"]:
        return []
    tolerance, lines = beside.get("tolerance", TOLERANCE), []
    for name, stored_bits in beside[SCORE].items():
        if (found := run["scores"][name]["bits"]) > stored_bits + tolerance:
            lines.append(f"{path}: {name} costs {found:.4f} bits a character, its record says {stored_bits:.4f}")
    return lines


def report(scores: dict[str, Any]) -> str:
    """One line a text."""
    lines = [f"{'text':24}{'characters':>12}{'bits per character':>20}{'perplexity':>12}"]
    for name, row in scores.items():
        lines.append(f"{name:24}{row['characters']:12,}{row['bits']:20.3f}{row['perplexity']:12.2f}")
    return "\n".join(lines)


def _sample(options: argparse.Namespace, given: Sequence[str]) -> int:
    model, rng = live.load(checkpoint(options.checkpoint, stored)), np.random.default_rng(options.seed)
    print(options.start, end="", flush=True)
    for character, _ in live.generate(model, options.start, options.length, options.temperature, rng):
        print(character, end="", flush=True)
    print()
    return 0


def fingerprint(texts: Sequence[str]) -> str:
    """By what a record knows its texts: the beginning of their digest."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode(errors="surrogatepass")).digest())
    return digest.hexdigest()[:16]


def _texts(options: argparse.Namespace) -> tuple[list[str], str, dict[str, str]]:
    """What is learned from, what passes are judged by, and what is scored, by name: the plays, or the reader's own."""
    if not options.files:
        data = plays.load()
        (choice,) = data.choice.values()
        return list(data.train.values()), choice, data.choice | data.unseen
    texts = {}
    for path in options.files:
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"--files: {path} is no text in UTF-8 ({error.reason} at byte {error.start})") from None
        if len(texts[path.name]) < LAST:
            raise ValueError(f"--files: {path} has {len(texts[path.name])} characters, {LAST} or more are needed")
    ends = {name: len(text) - len(text) // LAST for name, text in texts.items()}
    last = {name: text[ends[name] :] for name, text in texts.items()}
    return [text[: ends[name]] for name, text in texts.items()], "".join(last.values()), last


def _bits(found: Sequence[np.ndarray], names: Sequence[str]) -> dict[str, float]:
    return {name: float(bits.mean()) for name, bits in zip(names, found, strict=True)}


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", help="train on 34 plays of Shakespeare, or on texts of your own")
    out = "the checkpoint; its .json is put beside it"
    learn.add_argument("--out", type=new_file, default="plays.safetensors", help=out)
    learn.add_argument("--hidden", type=whole(1, 4096), default=256, help="units of the LSTM, 1 to 4096 (256)")
    learn.add_argument("--embedding", type=whole(1, 1024), default=64, help="numbers a character, 1 to 1024 (64)")
    seen = "part of h that the readout does not see, 0 to 0.9 (0.15)"
    learn.add_argument("--dropout", type=real(0, 0.9), default=0.15, help=seen)
    zero = "part of the recurrent weights that are zero in a window, 0 to 0.9 (0)"
    learn.add_argument("--weight-dropout", type=real(0, 0.9), default=0.0, help=zero)
    learn.add_argument("--epochs", type=whole(1, 10_000), default=4, help="passes over all texts, 1 to 10000 (4)")
    learn.add_argument("--rows", type=whole(1, 10_000), default=32, help="places read side by side, 1 to 10000 (32)")
    learn.add_argument("--window", type=whole(1, 10_000), default=100, help="steps an update, 1 to 10000 (100)")
    learn.add_argument("--lr", type=real(above=0, high=1), default=2e-3, help="learning rate, above 0 to 1 (0.002)")
    learn.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    learn.add_argument("--precision", choices=("fp32", "bf16", "fp16"), default="fp32")
    resume = "go on where the same command was stopped (--no-resume: begin anew)"
    learn.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help=resume)
    score = commands.add_parser("evaluate", help="score checkpoints (without one: the stored one)")
    score.add_argument("checkpoints", nargs="*", help='files; "plays" is that of the package')
    score.add_argument("--out", type=new_file, help="write the scores to this JSON file")
    for command in (learn, score):
        own = "texts of your own in UTF-8; the last tenth of each is not learned from, and scored"
        command.add_argument("--files", nargs="+", type=Path, default=[], metavar="FILE", help=own)
    write = commands.add_parser("sample", help="let a model write")
    write.add_argument("--start", default="", help="what the text begins with")
    hot = "0 (always the likeliest) to 10; 1: as the model says (1)"
    write.add_argument("--temperature", type=real(0, 10), default=1.0, help=hot)
    write.add_argument("--seed", type=whole(0, SEED), default=0, help=f"0 to {SEED} (0)")
    write.add_argument("--length", type=whole(0, 1_000_000), default=500, help="characters, 0 to 1000000 (500)")
    write.add_argument("--checkpoint", default="plays", help='a file, or "plays" of the package')
    # Another command is a parser here and a function above; `run` names it.
    add_commands(commands)
    for command, run in ((learn, _train), (score, _evaluate), (write, _sample)):
        command.set_defaults(run=run)
    for command in (learn, score, write):
        command.add_argument("--device", type=device(), help="cpu, cuda or cuda:N; without it a GPU where there is one")
        command.add_argument("--threads", type=whole(1, THREADS), help=f"processor threads, 1 to {THREADS}")
    return parser
