"""What chapter 13's experiment on summaries measures with: ROUGE by hand, distances, baselines, and copying."""

import numpy as np
import pytest

from rnncourse.data import docstrings, results
from tests.tolerances import assert_close
from tools.project import experiment

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.systems.seq2seq.symbols import END, START, UNKNOWN  # noqa: E402

TEXTS = ["a b c d .", "a b c d e", "a b x y z", "a p q . r", "a p q s ."]
LINES = ["b c", "b d", "x y", "p q", "p"]


def task(**changed):
    """Five pairs: three to train on, one to choose by, one to report."""
    module = experiment("13_summaries")
    fields = {
        **{"texts": [text.split() for text in TEXTS], "summaries": [line.split() for line in LINES]},
        **{"trainings": {"all": np.array([0, 2, 3])}, "validation": np.array([1]), "test": np.array([4])},
        **{"nearest": {"all": np.array([3])}, "cosine": np.array([0.8]), "fingerprint": "of five pairs"},
    }
    return module.Task(**(fields | changed))


@pytest.mark.parametrize(
    ("found", "wanted", "scores"),
    [
        ("the cat sat", "the cat sat", (100, 100, 100)),
        ("a dog", "the cat sat", (0, 0, 0)),
        # 2 of 3 and of 4 words: F1 = 2·2/(3+4); no pair; "the cat" in order
        ("the fat cat", "the cat sat down", (400 / 7, 0, 400 / 7)),
        # 3 common words of 3 and 3, one common pair of 2 and 2, "sat the" or "the cat" is the longest in order
        ("sat the cat", "the cat sat", (100, 50, 200 / 3)),
        # a word counts as often as it is in both
        ("the the the the", "the end the", (400 / 7, 0, 400 / 7)),
        ("the , cat .", "the cat", (100, 100, 100)),
        ("", "the cat", (0, 0, 0)),
        ("cat", "cat", (100, 0, 100)),
    ],
)
def test_rouge_by_hand(found, wanted, scores):
    rouge = experiment("13_summaries").rouge
    assert_close(rouge(found.split(), wanted.split()), scores)
    assert_close(rouge(wanted.split(), found.split()), scores)


def test_words_are_weighed_by_how_few_known_texts_have_them():
    texts = [["a", "a", "b"], ["a", "c"], ["b", "a", "a"], ["d"], ["d", "e"]]
    cosines = experiment("13_summaries").tf_idf(texts, np.array([0, 1, 3]))
    cosines = cosines @ cosines.T
    a, b, c, d, e = np.log(4 / (1 + np.array([2, 1, 1, 1, 0]))) + 1
    assert_close(cosines[0, 1], 2 * a * a / np.hypot(2 * a, b) / np.hypot(a, c), dtype="float32")
    assert_close(cosines[3, 4], d / np.hypot(d, e), dtype="float32")
    assert_close(cosines[0, [2, 3]], [1, 0], dtype="float32")


def test_baselines_by_hand():
    module, data = experiment("13_summaries"), task()
    assert module.first_words(data) == [["a", "p", "q", "s"]], "with four words b and d of a b c d are found"
    assert module.first_sentence(data) == [["a", "p", "q", "s"]]
    assert module.first_sentence(task(test=np.array([1]))) == [["a", "b", "c", "d", "e"]]
    assert module.constant(data, "all") == [["b"]], "of the words it begins with b, which alone helps"
    assert module.nearest(data, "all") == [["p", "q"]]


def test_a_split_takes_near_texts_away_or_as_many_at_random(monkeypatch):
    module, rng = experiment("13_summaries"), np.random.default_rng(0)
    texts = [[f"w{w}" for w in rng.integers(40, size=12)] for _ in range(120)]
    texts += [[*text[:-1], "else"] for text in texts[:60]]  # each of sixty has a twin
    summaries = [[f"s{n}", "x", "y"] for n in range(len(texts))]
    monkeypatch.setattr(docstrings, "load", lambda: docstrings.Docstrings([""] * len(texts), texts, summaries))
    data = module.task.__wrapped__(0, 1000)
    every, far, fewer = (set(data.trainings[name]) for name in module.TRAININGS)
    held = [*data.validation, *data.test]
    assert every | set(held) == set(range(180))
    assert len(held) == 27
    assert far < every
    assert fewer < every
    assert len(far) == len(fewer)
    twins = {n + 120 if n < 60 else n - 120 for n in held if n < 60 or n >= 120}
    assert not twins & far
    assert twins & every
    for place, n in enumerate(data.test):
        twin = n + 120 if n < 60 else n - 120
        if twin in every:
            assert data.nearest["all"][place] == twin
            assert data.cosine[place] > 0.8
        else:
            assert data.cosine[place] < 0.8
    assert {*data.nearest["no near texts"]} <= far


def test_the_report_is_by_distance_and_over_the_first_words():
    module = experiment("13_summaries")
    data = task(test=np.array([0, 4]), cosine=np.array([0.1, 0.95]))
    lead = module.first_words(data)
    assert module.report(lead, lead, data)["gain_all"] == [0, 0, 0]
    table = module.report([["b", "c"], ["z"]], lead, data)
    assert (table["rouge1"], table["rouge2"], table["rougeL"]) == (50, 50, 50)
    assert table["by_distance"] == [100, None, None, None, None, 0]
    assert table["items"] == [1, 0, 0, 0, 0, 1]
    far, near = 100 - module.rouge(lead[0], ["b", "c"])[0], -module.rouge(lead[1], ["p"])[0]
    assert_close(table["gain_far"], [far] * 3)
    assert_close(table["gain_near"], [near] * 3)
    assert_close(table["gain_all"][0], (far + near) / 2)
    assert_close(table["gain_all"][1:], [near, far])


def test_words_beyond_the_vocabulary_are_those_of_their_own_text(monkeypatch):
    module = experiment("13_summaries")
    monkeypatch.setattr(module, "LEAST", 2)
    encoded = module.Encoded(task(), np.array([0, 2, 3]))
    K = len(encoded.symbols)
    assert encoded.symbols.signs[4:] == [".", "a", "b", "c", "p", "q", "x", "y"]
    assert encoded.own[2] == ["z"]
    assert encoded.own[4] == ["s"]
    assert encoded.texts[4] == [*encoded.symbols.numbers(["a", "p", "q"]), K, encoded.symbols.index["."]]
    assert encoded.summaries[1] == [START, encoded.symbols.index["b"], K, END], "d is beyond, and in the text"
    assert encoded.known(torch.tensor([START, K, K + 1])).tolist() == [START, UNKNOWN, UNKNOWN]


def writer(copying):
    module = experiment("13_summaries")
    torch.manual_seed(0)
    encoded = module.Encoded(task(), np.array([0, 2, 3]))
    return module, encoded, module.Writer(len(encoded.symbols), copying)


@pytest.mark.parametrize("copying", [True, False])
def test_what_is_written_and_what_is_copied_are_one_distribution(copying):
    _, encoded, model = writer(copying)
    texts, lines = encoded.batch([0, 3, 4])
    memory = model.encode(encoded.known(texts))
    p, copied, _ = model.eval().probabilities(encoded.known(lines[:-1]), model.start(memory), memory)
    assert_close((p.sum(-1) + copied.sum(1)).detach(), np.ones(p.shape[:2]), dtype="float32")
    assert (copied.detach() > 0).any() == copying
    assert model.target.weight is model.source.weight is model.readout.weight


def test_the_loss_is_that_of_the_probabilities_added_up_place_by_place(monkeypatch):
    module, encoded, model = writer(True)
    texts, lines = encoded.batch([0, 2, 4])
    memory = model.eval().encode(encoded.known(texts))
    p, copied, _ = model.probabilities(encoded.known(lines[:-1]), model.start(memory), memory)
    nats = []
    for b, numbers in enumerate(encoded.summaries[n] for n in (0, 2, 4)):
        for u, number in enumerate(numbers[1:]):
            share = p[u, b, number].item() if number < len(encoded.symbols) else 0.0
            share += sum(copied[u, t, b].item() for t in range(len(texts)) if texts[t, b] == number)
            nats.append(-np.log(share))
    assert_close(module.loss_of(model, encoded, texts, lines).item(), np.mean(nats), dtype="float32")


def test_a_network_that_copies_learns_to_and_one_that_may_not_cannot(monkeypatch):
    module, rng = experiment("13_summaries"), np.random.default_rng(0)
    monkeypatch.setattr(module, "SIZE", 24)
    monkeypatch.setattr(module, "DROPPED", 0.0)
    # the summary is what follows "is": known words to learn from, new names to tell the two networks apart
    names = [f"n{k}" for k in range(60)]
    texts = [[*rng.choice(["so", "and", "but"], 3), "is", name, "."] for name in names * 6]
    data = task(
        texts=texts,
        summaries=[["it", "is", text[4]] for text in texts],
        trainings={"all": np.array([n for n in range(360) if n % 60 < 50])},
        validation=np.array([n for n in range(60) if n % 60 >= 50]),
        test=np.array([n for n in range(60, 120) if n % 60 >= 50]),
        cosine=np.zeros(10),
    )
    train, right = data.trainings["all"], {}
    for copying in (True, False):
        torch.manual_seed(0)
        found, curve = module.learned(0, data, train, copying=copying, rate=1e-2, passes=25)
        assert len(curve) == 25
        right[copying] = np.mean([line == data.summaries[n] for line, n in zip(found, data.test, strict=True)])
    assert right[True] > 0.8
    assert right[False] == 0, "a name that is not in the vocabulary"


def test_the_stored_result_is_of_the_docstrings_that_constraints_pins():
    stored = results.load("13_summaries")
    data = {seed for record in stored["runs"].values() for seed in record["measured"]["data"]}
    assert data == {docstrings.PINNED}
