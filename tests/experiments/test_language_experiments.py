"""What chapter 12's experiments measure with: features, cells held, names exchanged, reach, what a coder pays."""

from collections import Counter

import numpy as np
import pytest

from rnncourse.data import plays, reviews
from tests.tolerances import assert_close
from tools.project import experiment

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.systems import language  # noqa: E402
from rnncourse.systems.language.packing import LEARNING, STREAM, compress, unpack  # noqa: E402

TEXT = "ACT I\n\nJOHN\nSo it is. I\nknow!\n\nFirst Lord\nYes.\n"


def test_features_count_from_where_they_begin():
    cells = experiment("12_cells")
    line, ends = cells.feature("place in the line", TEXT)
    assert line[: 5 + 1].tolist() == [0, 1, 2, 3, 4, 0]
    assert "".join(np.array(list(TEXT))[ends]) == "\n" * TEXT.count("\n")
    word, after = cells.feature("place in the word", "so it's. I")
    assert word[2:].tolist() == [0, 1, 2, 3, 4, 0, 0, 1]
    assert after.tolist() == [False, False, True, False, False, False, False, True, False, False]
    name, helped = cells.feature("speaker's name", TEXT)
    assert "".join(np.array(list(TEXT))[name]) == "JOHNFirst Lord"
    assert (name == helped).all()
    since, stops = cells.feature("since the sentence began", "a. bc!")
    assert since.tolist() == [0, 0, 1, 2, 3, 0]
    assert stops.tolist() == [False, True, False, False, False, True]


def test_with_no_cell_held_it_is_the_network_and_a_held_cell_stays():
    cells = experiment("12_cells")
    torch.manual_seed(0)
    model = language.CharacterModel(9, embedding=4, hidden=6).eval()
    codes = torch.randint(9, (7, 3))
    held = torch.zeros(2, 6, dtype=torch.bool)
    held[1, 2] = True
    mean = torch.linspace(-1, 1, 6)
    c, costs = cells.read(model, codes, held, mean)
    logits, (_, last) = model(codes)
    nats = torch.nn.functional.cross_entropy(logits[:-1].movedim(-1, 1), codes[1:], reduction="none")
    assert_close(costs[:, 0], nats.detach() / np.log(2), dtype="float32")
    assert_close(c[-1], last.detach(), dtype="float32")
    assert (costs[0, 1] != costs[0, 0]).all(), "held from the first step on"
    c, _ = cells.read(model, codes, held[1:], mean)
    assert (c[:, :, 2] == mean[2]).all()
    assert (c[1:, :, 0] != c[:-1, :, 0]).all()


def test_correlations_are_numpys():
    rng = np.random.default_rng(0)
    cells, y = rng.normal(size=(20, 3, 5)), rng.normal(size=(20, 3))
    wanted = [abs(np.corrcoef(cells[..., j].ravel(), y.ravel())[0, 1]) for j in range(5)]
    np.testing.assert_allclose(experiment("12_cells").correlations(cells, y), wanted, rtol=1e-9)


def test_new_names_alone_are_exchanged_and_every_character_is_in_one_part(monkeypatch):
    names = experiment("12_names")
    known = Counter({"HAMLET": 9, "OTHELLO": 5, "First Lord": 2})
    monkeypatch.setattr(experiment("_names"), "known_names", lambda: known)
    text = "\n\nZED\nHail ZED.\n\nFirst Lord\nWho?\n\nZED\nI.\n\nYO\nNo.\n"
    new = "\n\nHAMLET\nHail ZED.\n\nFirst Lord\nWho?\n\nHAMLET\nI.\n\nOTHELLO\nNo.\n"
    assert names.exchanged(text) == new
    part = names.parts(text, {"ZED", "YO"})
    first, again, known, rest = ("".join(np.array(list(text))[part == k]) for k in range(4))
    assert (first, again, known) == ("ZED\nYO\n", "ZED\n", "First Lord\n")
    assert rest == "\n\nHail ZED.\n\nWho?\n\nI.\n\nNo.\n"


def test_the_cheapest_word_is_the_one_that_the_model_expects(monkeypatch):
    next_word = experiment("12_next_word")

    def costs(model, texts, learned):
        return [np.where(np.arange(len(t)) < t.rindex("x"), 99.0, 1.0 if "himself" in t else 2.0) for t in texts]

    monkeypatch.setattr(next_word, "costs", costs)
    assert next_word.cheapest("", ["ax", "bx"], ["me", "himself", "us"], 0).tolist() == [0, 0], "the shortest"
    assert next_word.cheapest("", ["ax"], ["himself", "herself"], 0).tolist() == [0]


def test_names_directions_and_all_else_are_every_character_and_a_name_that_was_new_stays_so(monkeypatch):
    learning = experiment("12_learning")
    monkeypatch.setattr(learning, "known_names", lambda: Counter({"HAMLET": 9}))
    written = "ACT I\n\nEnter ZED,\nand HAMLET\n\nZED\n[Aside] Hail! Exit\nwho?\n\nExeunt\n\nHAMLET\nI [go\nout].\n"
    text = written.replace("\n\nZED", "\n\nOTHELLO")
    for one, name in ((written, "ZED\n"), (text, "OTHELLO\n")):
        part = learning.parts(one, written)
        new, known, direction, rest = ("".join(np.array(list(one))[part == k]) for k in range(4))
        assert (new, known, direction) == (name, "HAMLET\n", "Enter ZED,\nand HAMLET[Aside]Exeunt")
        assert rest == "ACT I\n\n\n\n Hail! Exit\nwho?\n\n\n\nI [go\nout].\n"


@pytest.mark.parametrize("learning", [None, LEARNING])
def test_what_a_coder_pays_is_the_length_of_its_file(learning):
    torch.manual_seed(0)
    alphabet = language.Alphabet("\n abc")
    model = language.CharacterModel(len(alphabet), embedding=4, hidden=6).eval()
    with torch.no_grad():  # it expects what is drawn: counting bytes does no better
        model.readout.weight *= 0.1
        model.readout.bias[:] = torch.tensor([0.05, 0.05, 0.6, 0.2, 0.1, 1e-4]).log()
    text = "".join(np.random.default_rng(0).choice(list("\n abc"), size=2 * STREAM + 5, p=[0.05, 0.05, 0.6, 0.2, 0.1]))
    paid = experiment("12_learning").paid(text, model, alphabet, learning)
    assert paid.shape == (len(text),)
    head, body = unpack(compress(text.encode(), model, alphabet, adaptive=learning is not None))
    assert head.streams == 2, "coded by the model"
    assert paid.sum() / 8 == pytest.approx(len(body) - 8, abs=3), "8 bytes say how long the text is"


def test_from_its_own_state_the_network_pays_what_it_pays_reading_on_and_from_zeros_no_more_is_seen():
    reach, play, places, characters = experiment("12_reach"), "macbeth", 6, 1_200
    text, where = reach.asked(play, places, characters)
    model, alphabet = language.load(language.stored())
    whole = language.costs(model, alphabet, [text])[0]
    h, _ = reach.states(play, places, characters)
    log_p = model.readout(h).log_softmax(dim=1).detach().numpy()
    assert_close(-log_p[np.arange(places), alphabet.encode(text)[where]] / np.log(2), whole[where], dtype="float32")
    every = reach.by_network(play, reach.ALL, places, characters, elsewhere=False)
    assert_close(every, whole[where], dtype="float32")
    seven = reach.by_network(play, 7, places, characters, elsewhere=False)
    codes = alphabet.encode(text)
    for bits, place in zip(seven, where, strict=True):
        logits, _ = model(torch.from_numpy(codes[place - 7 : place])[:, None])
        log_p = logits[-1, 0].log_softmax(dim=0).detach().numpy()
        assert_close(bits, -log_p[codes[place]] / np.log(2), dtype="float32")


def test_naive_bayes_by_hand(monkeypatch):
    sentiment = experiment("12_sentiment")
    words = [["good"], ["good", "film"], ["bad", "film"], ["bad"], ["good", "film"], ["bad", "bad"], ["film"]]
    monkeypatch.setattr(reviews, "load", lambda: reviews.Reviews(words, np.array([1, 1, 0, 0, 1, 0, 0])))
    parts = np.arange(4), np.array([4, 5]), np.array([4, 6])
    # film: as often for as against; a tie is called against
    assert sentiment.bayes(0, parts, pairs=False, shuffled=False, added=1.0) == {"validated": 1.0, "right": 1.0}
    monkeypatch.setattr(reviews, "load", lambda: reviews.Reviews(words, np.array([0, 0, 1, 1, 1, 0, 0])))
    assert sentiment.bayes(0, parts, pairs=False, shuffled=False, added=1.0) == {"validated": 0.0, "right": 0.5}


def test_pairs_are_of_the_shuffled_words_where_they_are_shuffled(monkeypatch):
    sentiment = experiment("12_sentiment")
    words = [["not", "good"], ["good", "not"]] * 20
    monkeypatch.setattr(reviews, "load", lambda: reviews.Reviews(words, np.array([0, 1] * 20)))
    parts = np.arange(20), np.arange(20, 30), np.arange(30, 40)
    in_order = sentiment.bayes(0, parts, pairs=True, shuffled=False, added=1.0)
    assert in_order == {"validated": 1.0, "right": 1.0}, "the pair alone tells"
    assert sentiment.bayes(0, parts, pairs=True, shuffled=True, added=1.0)["right"] < 1


def test_reviews_are_split_anew_for_each_seed_and_whole():
    sentiment = experiment("12_sentiment")
    first, other = sentiment.split(0, 8530), sentiment.split(1, 8530)
    assert [len(part) for part in first] == [6500, 1000, 1030]
    assert sorted(np.concatenate(first)) == list(range(8530))
    assert set(first[2]) != set(other[2])


def test_the_plays_of_the_experiments_are_those_of_the_data():
    cells = experiment("12_cells")
    assert cells.FOUND == plays.CHOICE
    assert cells.REPORTED in plays.UNSEEN
    assert set(experiment("12_names").KNOWN) <= set(plays.load().train)
