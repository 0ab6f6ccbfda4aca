"""What chapter 13's experiments on sounds and numbers measure with: stems, halves, windows, slips, longer numbers."""

import numpy as np
import pytest

from rnncourse.data import number_words
from rnncourse.systems.seq2seq.tasks import Pairs
from tests.tolerances import assert_close
from tools.project import experiment

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from rnncourse.systems import seq2seq  # noqa: E402

CAT, DOG, TOP = ("K", "AE", "T"), ("D", "AO", "G"), ("T", "AA", "P")


def test_inflections_of_one_word_have_one_stem_and_short_words_keep_their_ends():
    stem = experiment("13_pronunciation").stem
    assert {stem(word) for word in ("make", "makes", "making")} == {"mak"}
    assert {stem(word) for word in ("hop", "hops", "hopped", "hopping")} == {"hop"}
    assert {stem(word) for word in ("pass", "passed", "passing")} == {"pas"}
    assert [stem(word) for word in ("bed", "ring", "gas", "the")] == ["bed", "ring", "gas", "the"]


def test_the_nearest_right_answer_counts_and_its_signs():
    nearest = experiment("13_pronunciation").nearest
    assert nearest(("K", "AE"), [("D", "AO", "G", "Z"), CAT]) == (1, 3)
    assert nearest(CAT, [DOG, CAT]) == (0, 3)
    assert nearest((), [CAT, ("EY",)]) == (1, 1)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (CAT + DOG, (0, 0)),
        (CAT, (0, 3)),
        (DOG, (3, 0)),
        (("K", "AA", "T", "D", "AO"), (1, 1)),
        (("K", "AE", "T", "IY", *DOG), (0.5, 0.5)),  # one sign too many at the seam is of either
        ((), (3, 3)),
    ],
)
def test_edits_of_two_words_said_together_by_half(found, wanted):
    assert experiment("13_pronunciation").halves(found, [CAT], [DOG]) == wanted


def test_glued_words_are_counted_by_hand():
    pronunciation = experiment("13_pronunciation")
    data = Pairs(["cat", "dog", "top"], [[CAT], [DOG], [TOP]], [""] * 3)
    alone = [CAT, DOG, ("T", "OW", "P")]
    said = [(*CAT, "D", "AO"), (*CAT, "T", "UH", "P"), CAT + DOG]
    row = pronunciation.glued(said, alone, [(0, 1), (0, 2), (0, 1)], data)
    wanted = {"right": 1 / 3, "both right alone": 2 / 3, "edits, first half": 0.0, "edits, second half": 2 / 9}
    wanted |= {"edits alone": 1 / 18, "length": 17 / 18}
    assert row.keys() == wanted.keys()
    for name, value in wanted.items():
        assert row[name] == pytest.approx(value), name


def test_words_alone_are_counted_by_length_and_stem():
    words = ["cat", "dogs", "walker", "elephantines"]
    data = Pairs(words, [[CAT], [DOG], [TOP], [TOP]], [""] * 4)
    found = [CAT, ("D", "AO"), TOP, CAT]
    row = experiment("13_pronunciation").alone(found, data, known={"cat", "dog"})
    assert (row["right"], row["words"], row["edits"]) == (0.5, 4, pytest.approx(4 / 12))
    assert (row["right, known stem"], row["right, new stem"], row["words, new stem"]) == (0.5, 0.5, 2)
    assert (row["right, up to 4 letters"], row["edits, up to 4 letters"]) == (0.5, pytest.approx(1 / 6))
    assert (row["right, 6 letters"], row["words, 12 or more letters"], row["words, 7 letters"]) == (1, 1, 0)


def test_pairs_have_as_many_letters_as_asked_for():
    words = ["a" * n for n in range(3, 15)]
    for span in experiment("13_pronunciation").GLUED:
        pairs = experiment("13_pronunciation").pairs_of(words, span, 20)
        assert len(pairs) == 20
        assert all(span[0] <= len(words[a]) + len(words[b]) <= span[1] for a, b in pairs)


def test_letters_are_aligned_with_the_sounds_that_they_mostly_have():
    letters = experiment("_letters")
    words = [("cat", CAT), ("at", ("AE", "T")), ("act", ("AE", "K", "T")), ("ax", ("AE", "K", "S")), ("tat", TOP)]
    words += [("late", ("L", "EY", "T")), ("ate", ("EY", "T")), ("x", ("EH", "K", "S"))]
    found = dict(letters.alignments(words))
    assert found["ax"] == [("AE",), ("K", "S")]
    assert found["cat"] == [("K",), ("AE",), ("T",)]
    assert "x" not in found, "three sounds, one letter"
    for word, sounds in words[:-1]:
        assert sum(found[word], ()) == sounds


def test_windows_are_narrowed_until_training_has_them():
    letters = experiment("_letters")
    known = [("ca", [("K",), ("AH",)]), ("ca", [("K",), ("EY",)]), ("ca", [("K",), ("EY",)]), ("ce", [("S",), ()])]
    assert letters.window("cab", 0, 2) == "##cab"
    assert letters.read(["ca", "ce", "cab", "z"], known, 2) == [("K", "EY"), ("S",), ("K", "EY"), ()]
    assert letters.read(["ce"], known, 0) == [("K",)], "alone it is mostly K"


def little_network(attention):
    torch.manual_seed(3)
    source, target = seq2seq.Symbols.of(["abcd"]), seq2seq.Symbols.of([("A", "B", "C")])
    model = seq2seq.Translator(len(source), len(target), attention=attention, embedding=6, hidden=8).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2.0)  # so that answers differ
        model.readout.bias[[seq2seq.PAD, seq2seq.START, seq2seq.UNKNOWN]] -= 50.0
        model.readout.bias[seq2seq.END] += 2.0  # and come to an end
    texts = ["".join(some) for some in np.random.default_rng(0).choice(list("abcd"), (40, 5))]
    return model, source, target, texts


@pytest.mark.parametrize("attention", [True, False])
def test_forced_and_free_agree_on_which_words_are_right_and_a_slip_is_a_wrong_sign(attention):
    exposed, (model, source, target, texts) = experiment("_exposure"), little_network(attention)
    found = seq2seq.greedy(model, source, target, texts, 30)
    assert exposed.continued(model, source, target, texts, [()] * len(texts), 30) == found
    assert exposed.continued(model, source, target, texts, [one[:2] for one in found], 30) == found
    kept = [n for n, one in enumerate(found) if 0 < len(one) < 30]
    assert len(kept) > 15
    texts, found = [texts[n] for n in kept], [found[n] for n in kept]
    answers = [one if n % 3 else (*one, "A") for n, one in enumerate(found)]
    wrong, slips = exposed.forced(model, source, target, texts, answers)
    for n, (missed, other, answer) in enumerate(zip(wrong, slips, answers, strict=True)):
        assert len(missed) == len(other) == len(answer) + 1
        assert missed.any() == (n % 3 == 0)
        assert all(a in "ABC" and a != b for a, b in zip(other, (*answer, "end"), strict=True))
    data = Pairs(texts, [[one] for one in answers], [""] * len(texts))
    row = exposed.exposure(model, source, target, data, found, 30)
    failed = len(range(0, len(texts), 3))
    assert row["forced, words without a wrong sign"] == row["free, words right"] == (len(texts) - failed) / len(texts)
    assert row["free, edits"] == pytest.approx(failed / sum(len(one) + 1 for one in answers))
    assert row["after the first wrong sign: free, edits"] == 0, "one sign is missing, no other is wrong"
    assert row["forced, wrong"] * sum(map(len, wrong)) == pytest.approx(sum(map(np.sum, wrong)))


def test_the_rest_after_a_slip_is_counted_by_hand(monkeypatch):
    exposed = experiment("_exposure")
    model, source, target, _ = little_network(True)
    data = Pairs(["a", "b", "cc"], [[CAT], [DOG, TOP], [TOP]], [""] * 3)

    def forced(model, source, target, texts, answers):
        assert (texts, answers) == (["a", "cc"], [CAT, TOP])
        return [np.zeros(4, dtype=bool), np.array([False, True, False, True])], [("Z",) * 4, ("Z",) * 4]

    def continued(model, source, target, texts, beginnings, limit):
        (begins,) = beginnings
        assert (texts, begins[-1], begins[:-1]) == (["a"], "Z", CAT[: len(begins) - 1])
        return [(*begins, *CAT[len(begins) :], "EY")]  # the rest is right but for a sign too many

    monkeypatch.setattr(exposed, "forced", forced)
    monkeypatch.setattr(exposed, "continued", continued)
    row = exposed.exposure(model, source, target, data, [CAT, DOG, ("T", "K", "K", "P")], 30)
    assert_close(np.array([row["forced, wrong"], row["free, edits"]]), np.array([2 / 8, 2 / 8]))
    assert row["after the first wrong sign: forced, wrong"] == row["after the first wrong sign: free, edits"] == 1 / 2
    place = int(np.random.default_rng(13).integers(3))
    assert row["after a slip in a right word: more edits"] == pytest.approx(1 / (3 - place))
    assert row["after a slip in a right word: no more edits"] == 0


def test_beam_search_without_greedys_path_may_fall_below_it_and_with_it_never():
    pronunciation = experiment("13_pronunciation")
    model, source, target, texts = little_network(True)
    found = seq2seq.greedy(model, source, target, texts, pronunciation.LIMIT)
    data = Pairs(texts[:6], [[one] for one in found[:6]], [""] * 6)
    row = pronunciation.searched(model, source, target, data)
    assert row["searched: greedy, right"] == 1
    assert row["searched: kept, below greedy"] == row["searched: greedy, below greedy"] == 0
    assert row["searched: kept, log p"] >= max(row["searched: greedy, log p"], row["searched: beam, log p"])


def test_longer_numbers_of_training_are_none_that_are_asked_for():
    numbers = experiment("13_numbers")
    found = numbers.added("nine digits", "train", 50, 0, set())
    written = [int("".join(several[0])) for several in found.answers]
    assert {len(str(n)) for n in written} == {7, 8, 9}
    again = numbers.added("nine digits", "train", 50, 0, set(written[:10]))
    assert not {"".join(several[0]) for several in again.answers} & set(map(str, written[:10]))
    rounded = numbers.added("round millions", "validation", 50, 0, set())
    assert all("".join(several[0]).endswith("000000") for several in rounded.answers)


@pytest.mark.parametrize(("known", "longer"), [("six digits", 0), ("nine digits", 20), ("round millions", 6)])
def test_training_has_as_many_longer_numbers_as_it_says_and_the_rest_is_of_its_part(known, longer):
    data = experiment("13_numbers").trained_on(known, "train", 60, 1, set())
    written = [int("".join(several[0])) for several in data.answers]
    assert sum(n >= 10**6 for n in written) == longer
    assert {number_words.part_of(n) for n in written if n < 10**6} == {"train"}
    assert len(data.sources) == len(data.groups) == 60
    assert data.sources[-1] == number_words.write(written[-1], data.groups[-1]).lower()


def test_answers_to_longer_numbers_are_counted_by_hand():
    numbers = experiment("13_numbers")
    assert [numbers.begins(tuple(a), tuple("3420")) for a in ("3420", "3470", "34", "34201", "5")] == [4, 2, 2, 4, 0]
    languages = list(number_words.LANGUAGES)
    data = Pairs([""] * 14, [[tuple("1234567")]] * 10 + [[tuple("12345678")]] * 4, languages)
    found = [tuple("1234567")] * 5 + [tuple("123456")] * 3 + [tuple("1294567")] * 2 + [tuple("12345678")] * 4
    row = numbers.scored(found, data, (7, 8))
    assert row["right"] == pytest.approx(9 / 14)
    assert (row[languages[0]], row[languages[5]], row[languages[13]]) == (1, 0, 1)
    assert (row["7 digits, right"], row["7 digits, as long"], row["7 digits, at most six"]) == (0.5, 0.7, 0.3)
    assert row["7 digits, length"] == pytest.approx(6.7)
    assert row["7 digits, right before the first wrong"] == pytest.approx((5 * 7 + 3 * 6 + 2 * 2) / 10)
    assert (row["8 digits, right"], row["8 digits, length"]) == (1, 8)


def test_an_answer_of_told_length_is_greedys_where_that_has_the_length_and_has_it_everywhere():
    model, source, target, texts = little_network(True)
    found = seq2seq.greedy(model, source, target, texts, 30)
    data = Pairs(texts, [[one or ("A",)] for one in found], [""] * len(texts))
    told = experiment("13_numbers").told_length(model, source, target, data)
    assert all(a == b for a, b in zip(told, found, strict=True) if b)
    longer = Pairs(texts, [[(*one, "A", "B")] for one in found], [""] * len(texts))
    told = experiment("13_numbers").told_length(model, source, target, longer)
    assert [len(one) for one in told] == [len(one) + 2 for one in found]
    assert [one[: len(other)] for one, other in zip(told, found, strict=True)] == found
