"""Close calls: norms a millionth from the threshold, words almost as good, units nearly alike, counts that overflow."""

import numpy as np
import pytest

from rnncourse.checks import check
from rnncourse.checks.registry import all_exercises
from rnncourse.exercises.bidirectional import leaks_future
from rnncourse.exercises.captioning import ALMOST_AS_GOOD, _smallest_lead
from rnncourse.exercises.layer import count_parameters
from rnncourse.exercises.remedies import clip_by_global_norm
from rnncourse.reference.captioning import bleu, caption_greedy
from rnncourse.reference.reservoir import echo_state_fit


def refused(name, answer, says=""):
    result = check(name, answer, seed=0)
    assert result.passed is False
    assert says in str(result)
    return {case.kind for case in result.cases if not case.passed}


def test_a_norm_that_is_close_to_the_threshold_is_above_or_below_it():
    def forgiving(grads, max_norm):
        norm = clip_by_global_norm(grads, max_norm)[1]
        return ([g.copy() for g in grads], norm) if np.isclose(norm, max_norm) else clip_by_global_norm(grads, max_norm)

    assert refused("clip_by_global_norm", forgiving) == {"above by a millionth"}


def test_a_small_number_on_the_diagonal_shows_where_units_are_nearly_alike():
    wrong = refused("echo_state_fit", lambda h, y, ridge: echo_state_fit(h, y, ridge + 1e-10))
    assert "units nearly alike, no ridge" in wrong


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (lambda n: int(np.int64(n).astype(np.int32)), "32 bits"),
        (lambda n: np.int64(n).astype(np.int32), "32 bits"),
        (lambda n: n % 2**32, "32 bits"),
        (lambda n: int(float(n)), "floating point"),
    ],
)
def test_counts_do_not_overflow(count, says):
    refused("count_parameters", lambda *args: count(count_parameters(*args)), says)


@pytest.mark.parametrize("round_off", [lambda a: a.round(4), lambda a: a.round(8), lambda a: a.astype(np.float32)])
def test_logits_are_not_rounded(round_off):
    exercise = all_exercises()["caption_greedy"]
    answer = edited_logits(exercise, round_off)
    assert refused("caption_greedy", answer, "rounded, or computed in single precision") == {ALMOST_AS_GOOD}


def edited_logits(exercise, round_off):
    from rnncourse.checks.slip import edited

    before = "(state[0] @ params.V.T + params.b_V).argmax(axis=1)"
    function = edited(exercise.reference, (before, "ROUND(state[0] @ params.V.T + params.b_V).argmax(axis=1)"))
    function.__globals__["ROUND"] = round_off
    return function


def test_the_two_best_words_are_as_close_as_their_case_says():
    for seed in range(3):
        close = [c for c in all_exercises()["caption_greedy"].draw(seed) if c.label.startswith(ALMOST_AS_GOOD)]
        assert len(close) == 4
        for case in close:
            features, params, length = case.args
            lead = _smallest_lead(features, params, caption_greedy(features, params, length))
            assert lead == pytest.approx(float(case.label.split(", ")[-1].split()[0]), rel=1e-3)


@pytest.mark.parametrize("sign", [" ", "_", ",", "|", "-", "\t"])
def test_words_are_not_joined(sign):
    def answer(candidate, references, n):
        def grams(words, k):
            return [sign.join(words[j : j + k]) for j in range(len(words) - k + 1)]

        def score(k):
            mine = grams(candidate, k)
            return sum(min(mine.count(g), max(grams(r, k).count(g) for r in references)) for g in set(mine)) / len(mine)

        if bleu(candidate, references, 1) == 0 or len(candidate) < n:
            return 0.0
        scores = [score(k) for k in range(1, n + 1)]
        if min(scores) == 0:
            return 0.0
        closest = min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]
        return float(np.exp(min(0.0, 1 - closest / len(candidate)) + np.log(scores).mean()))

    refused("bleu", answer, "words are joined to one string")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_other_forms_of_a_letter_are_other_letters(form):
    import unicodedata

    def answer(candidate, references, n):
        candidate, *references = ([unicodedata.normalize(form, w) for w in words] for words in (candidate, *references))
        return bleu(candidate, references, n)

    refused("bleu", answer)


def test_empty_words_count():
    refused("bleu", lambda c, rs, n: bleu([w for w in c if w], [[w for w in r if w] for r in rs], n))


LOOKS_BACK = {
    *("one direction", "no memory", "two steps late", "the mean so far", "the mean over the rows taken off"),
    *("attention to the steps so far", "its own input", "the number of steps to come"),
    *("each row by a factor of its own", "rounding of a hundred-billionth", "a filter with rounding"),
    "one direction in single precision",
}


@pytest.mark.parametrize("seeds", [range(5 * k, 5 * k + 5) for k in range(4)], ids=str)
def test_the_layers_look_ahead_where_they_say_so_and_nowhere_else(seeds):
    exercise = all_exercises()["leaks_future"]
    for seed in seeds:
        for case in exercise.draw(seed):
            assert leaks_future(*case.args) is (case.label not in LOOKS_BACK), (seed, case.label)


@pytest.mark.parametrize("least", [1e-7, 1e-12])
def test_the_line_between_a_look_ahead_and_rounding_is_a_billionth(least):
    from rnncourse.checks.slip import edited

    refused("leaks_future", edited(leaks_future, ("> 1e-9", f"> {least}")))
