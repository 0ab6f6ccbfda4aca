"""Exercises of chapter 16 (planned): the alignments of CTC, their sum and a search; a mixture of Gaussians."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnncourse.checks.cases import Case, draws
from rnncourse.checks.exercise import Exercise, Misconception
from rnncourse.checks.slip import Slip
from rnncourse.exercises._alignments import FAR, LONG, log_probabilities, narrowest_lead, sequences
from rnncourse.reference import ctc, ctc_decoding, mixture

CHAPTER = "16_handwriting"
Array = np.ndarray


def ctc_collapse(labels: Any, blank: int = 0) -> list[int]:
    """Merge what is repeated, then drop the blanks."""
    merged = [int(k) for t, k in enumerate(labels) if t == 0 or k != labels[t - 1]]
    return [k for k in merged if k != blank]


def _paths(rng: np.random.Generator) -> Iterator[Case]:
    """Lists and arrays; none, one, 257 classes; runs of every length; blanks anywhere, everywhere and nowhere."""

    def case(text: str, labels: Any, blank: int, layout: str = "C") -> Case:
        return Case((labels, blank), f"{text}: T={len(labels)}, blank={blank}", layout=layout)

    def runs(T: int, K: int) -> Array:
        """Random classes, each as likely to stay as to change."""
        path = rng.integers(0, K, T)
        for t in range(1, T):
            path[t] = path[t - 1] if rng.random() < 0.5 else path[t]
        return path

    yield case("a word with a double letter", np.array([0, 3, 3, 0, 0, 5, 5, 5, 0, 5, 1, 0, 1, 1, 3]), 0)
    yield case("the same length again", np.array([4, 4, 0, 4, 2, 2, 2, 0, 0, 1, 1, 3, 0, 3, 3]), 0)
    for text, T, K, blank in (
        ("runs", 20, 4, 0),
        ("runs, the blank is the last class", 22, 4, 3),
        ("runs, the blank is in the middle", 22, 5, 2),
        ("many classes", 40, 60, 50),
        ("two classes", 12, 2, 0),
        ("two classes, the blank is 1", 12, 2, 1),
        ("long", 257, 3, 1),
    ):
        yield case(text, runs(T, K), blank)
    yield case("a list", runs(18, 4).tolist(), 0)
    yield case("a list, the blank is not 0", runs(18, 4).tolist(), 2)
    yield case("no steps", np.array([], "int64"), 0)
    yield case("no steps, a list", [], 1)
    yield case("two steps, one label", np.array([3, 3]), 0)
    yield case("two steps, two labels", np.array([3, 1]), 0)
    yield case("one label", np.array([4]), 0)
    yield case("one blank", np.array([0]), 0)
    yield case("one 0 that is no blank", [0], 2)
    yield case("blanks alone", np.full(7, 3), 3)
    yield case("no blanks, all the same", np.full(6, 2), 0)
    yield case("no blanks, all different", np.array([5, 1, 4, 2, 3]), 0)
    yield case("blanks at both ends", [1, 1, 2, 2, 3, 1, 1], 1)
    yield case("labels at both ends", [2, 2, 1, 3, 3], 1)
    yield case("a blank between the same", [2, 2, 1, 2, 2, 1, 1, 2], 1)
    yield case("two labels in turn", [2, 1, 2, 1, 2], 0)
    yield case("labels of 32 bits", runs(15, 4).astype("int32"), 0)
    for layout in ("strided", "read-only"):
        yield case(layout, runs(16, 4), 0, layout)


MERGE = "t == 0 or k != labels[t - 1]"
CTC_COLLAPSE = Exercise(
    reference=ctc_collapse,
    package=ctc.ctc_collapse,
    difficulty="predict",
    statement="From a class at every step to the labels that are read: of equal classes that follow one another one is "
    "left, then the blanks are dropped. labels is an array or a list of whole numbers; it may be empty. Returns a list "
    "of whole numbers.",
    inputs=("labels (T,) whole numbers, an array or a list", "blank the class that stands for no label"),
    outputs=("read list of whole numbers",),
    cases=_paths,
    hints=(
        "Two steps, in this order. What would become of a blank between two equal labels, the other way round?",
        "The first of a run differs from the class before it; the very first has none before it.",
        "[k for t, k in enumerate(labels) if t == 0 or k != labels[t - 1]], then only those that are not blank.",
    ),
    slips=(
        Slip(
            "the blanks are dropped first: two equal labels with a blank between them then become one. Merge first.",
            ("enumerate(labels) if", "enumerate([k for k in labels if k != blank]) if"),
            (MERGE, "t == 0 or k != [k for k in labels if k != blank][t - 1]"),
        ),
        Slip("nothing is merged: one label is often held for many steps.", (f" if {MERGE}", "")),
        Slip("the blanks are still there.", ("[k for k in merged if k != blank]", "merged")),
        Slip("the blank is 0 in yours, whatever blank says.", ("if k != blank]", "if k != 0]")),
        Slip("only the blanks are left; drop them, and keep the others.", ("if k != blank]", "if k == blank]")),
        Slip(
            "a label that came before is not read again. Only what stands side by side is merged.",
            (MERGE, "k not in labels[:t]"),
        ),
        Slip(
            "each label is read once, and in order of size.",
            ("[k for k in merged if k != blank]", "sorted({*merged} - {blank})"),
        ),
        Slip(
            "the first class is lost: it has none before it, and begins a run.", (MERGE, "t > 0 and k != labels[t - 1]")
        ),
        Slip(
            "equal ones are merged two by two: of three, two are left. Of a run of any length one is left.",
            (MERGE, "t % 2 == 0 or k != labels[t - 1]"),
        ),
        Slip(
            "what is repeated is kept and what is not is dropped: it is the other way round.",
            (MERGE, "t > 0 and k == labels[t - 1]"),
        ),
        Slip(
            "whatever follows the same class or a blank is dropped. After a blank a label is a new one.",
            (MERGE, "t == 0 or k != labels[t - 1] != blank"),
        ),
        Slip(
            "a label is read where a blank follows it. Labels may follow one another without a blank.",
            (MERGE, "t + 1 == len(labels) or labels[t + 1] == blank"),
        ),
        Slip(
            "labels above the blank are one less in yours: they keep their names.",
            ("[k for k", "[k - (k > blank) for k"),
        ),
        Slip("the order is turned round.", ("[k for k in merged", "[k for k in merged[::-1]")),
    ),
)


def ctc_forward(log_probs: Array, target: Array, blank: int = 0) -> Array:
    L = 2 * len(target) + 1
    extended = np.full(L, blank)
    extended[1::2] = target
    may_skip = np.zeros(L, bool)
    may_skip[3::2] = target[1:] != target[:-1]
    alpha = np.full((len(log_probs), L + 2), -np.inf, log_probs.dtype)  # two places in front that nothing reaches
    alpha[0, 2:4] = log_probs[0, extended[:2]]
    for t in range(1, len(log_probs)):
        stay, step = alpha[t - 1, 2:], alpha[t - 1, 1:-1]
        skip = np.where(may_skip, alpha[t - 1, :-2], -np.inf)
        alpha[t, 2:] = log_probs[t, extended] + np.logaddexp(np.logaddexp(stay, step), skip)
    return alpha[:, 2:]


SUM = "np.logaddexp(np.logaddexp(stay, step), skip)"
DIFFER = "target[1:] != target[:-1]"
BEGIN = "alpha[0, 2:4] = log_probs[0, extended[:2]]"
RETURNED = "return alpha[:, 2:]"
FORWARD_SLIPS = {
    "skips all": Slip(
        "the blank between two equal labels is skipped: aa without a blank is read as one a. Skip it only where the "
        "two labels differ.",
        (DIFFER, "True"),
    ),
    "skips none": Slip("no blank is ever skipped. Between two different labels none is needed.", (DIFFER, "False")),
    "skips equal": Slip(
        "the blank is skipped where the two labels are equal, and not where they differ: the other way round.",
        (DIFFER, "target[1:] == target[:-1]"),
    ),
    "skips labels": Slip(
        "labels are skipped too. Only a blank may be left out.",
        ("may_skip[3::2] =", "may_skip[2::2], may_skip[3::2] = True,"),
    ),
    "begins in the blank": Slip(
        "every alignment begins with a blank in yours. It may begin with the first label too.",
        (BEGIN, "alpha[0, 2] = log_probs[0, blank]"),
    ),
    "begins in the label": Slip(
        "every alignment begins with the first label in yours. It may begin with a blank too.",
        (BEGIN, "alpha[0, 3:4] = log_probs[0, extended[1:2]]"),
    ),
    "begins anywhere": Slip(
        "an alignment begins anywhere in yours. It begins with the first blank or the first label: places 0 and 1.",
        (BEGIN, "alpha[0, 2:] = log_probs[0, extended]"),
    ),
    "never stays": Slip(
        "no alignment stays where it is. A label, or a blank, may be held.", (SUM, "np.logaddexp(step, skip)")
    ),
    "never steps": Slip("no alignment goes one place on, alpha[t - 1, s - 1].", (SUM, "np.logaddexp(stay, skip)")),
    "best alone": Slip(
        "the best alignment is kept, not the sum of all: np.logaddexp, not np.maximum.",
        (SUM, "np.maximum(np.maximum(stay, step), skip)"),
    ),
    "logarithms added": Slip(
        "logarithms are added up: that multiplies the probabilities. The logarithm of their sum is np.logaddexp.",
        (SUM, "stay + np.where(np.isinf(step), 0, step) + np.where(np.isinf(skip), 0, skip)"),
    ),
    "underflow": Slip(
        "exp makes 0 of a small probability, and log makes -inf of it. Stay in logarithms: np.logaddexp.",
        (SUM, "np.log(np.exp(stay) + np.exp(step) + np.exp(skip))"),
    ),
    "own left out": Slip("step t's own probability is missing: add log_probs[t].", ("log_probs[t, extended] + ", "")),
    "own of the step before": Slip(
        "the probability of step t - 1 is taken at step t.", ("log_probs[t, extended]", "log_probs[t - 1, extended]")
    ),
    "blank is 0": Slip("the blank is class 0 in yours, whatever blank says.", ("np.full(L, blank)", "np.full(L, 0)")),
    "blank is last": Slip(
        "the blank is the last class in yours, whatever blank says.",
        ("np.full(L, blank)", "np.full(L, log_probs.shape[1] - 1)"),
    ),
    "probabilities": Slip(
        "these are the sums themselves. Their logarithms are asked for.", (RETURNED, "return np.exp(alpha[:, 2:])")
    ),
    "rescaled": Slip(
        "each step's sums are divided by their total. alpha is not rescaled: logarithms do not underflow.",
        (RETURNED, "return alpha[:, 2:] - np.logaddexp.reduce(alpha[:, 2:], axis=1, keepdims=True)"),
    ),
}
CTC_FORWARD = Exercise(
    reference=ctc_forward,
    package=ctc.ctc_forward,
    difficulty="complete",
    statement="The forward sums of CTC for one sequence, as logarithms. Put a blank before, between and after the "
    "target's labels: 2S + 1 places. An alignment begins at place 0 or place 1. From one step to the next it stays, "
    "goes one place on, or two places on, from a label to the next, over the blank between them, where these two "
    "labels differ. alpha[t, s] is the logarithm of the summed probability of all alignments of steps 0 to t that are "
    "at place s at step t, step t's own probability counted; -inf where there is none. Whether an alignment can still "
    "reach the end does not matter. log_probs are finite; they may be far below 0 and need not be normalised. target "
    "has whole numbers, never blank, and may be empty.",
    inputs=("log_probs (T, K)", "target (S,) whole numbers", "blank the class that stands for no label"),
    outputs=("alpha (T, 2S+1)",),
    cases=sequences,
    hints=(
        "The places: extended = np.full(2 * S + 1, blank), then extended[1::2] = target. log_probs[t, extended] is the "
        "log-probability of each place at step t.",
        "alpha[0] is -inf but for places 0 and 1 (with no labels there is only place 0).",
        "alpha[t, s] = log_probs[t, extended[s]] + the logarithm of the sum of exp(alpha[t - 1, s]), exp(alpha[t - 1, "
        "s - 1]) and, where the blank between may be left out, exp(alpha[t - 1, s - 2]). np.logaddexp does that "
        "without exp.",
        "Places s = 3, 5, 7, … are labels with one before them: target[1:] != target[:-1] says which of them may be "
        "reached from s - 2. For s = 0 and s = 1 there is no s - 2: -inf.",
    ),
    slips=(
        *FORWARD_SLIPS.values(),
        Slip(
            "where no alignment is, alpha is a large negative number. It is -inf.",
            (RETURNED, "return np.maximum(alpha[:, 2:], -1e9)"),
        ),
        Slip(
            "places from which the end cannot be reached any more are -inf in yours. alpha looks back only.",
            (
                RETURNED,
                "return np.where(np.arange(L) + 2 * np.arange(len(log_probs), 0, -1)[:, None] >= L, alpha[:, 2:], "
                "-np.inf)",
            ),
        ),
        Slip("these are only the last step's sums; all T steps are asked for.", (RETURNED, "return alpha[-1, 2:]")),
        Slip("time stands first: (T, 2S + 1), and yours is turned.", (RETURNED, "return alpha[:, 2:].T")),
        Slip("the two places that you have put in front are still there.", (RETURNED, "return alpha")),
    ),
)


def ctc_loss(log_probs: Array, target: Array, blank: int = 0) -> float:
    alpha = ctc_forward(log_probs, target, blank)
    return float(-np.logaddexp.reduce(alpha[-1, -2:]))


def _loss_by(name: str) -> Misconception:
    """The loss that comes of one slip in the forward sums."""
    slip = FORWARD_SLIPS[name]

    def wrong(log_probs: Array, target: Array, blank: int = 0) -> float:
        alpha = slip.made_in(ctc_forward)(log_probs, target, blank)
        return float(-np.logaddexp.reduce(alpha[-1, -2:]))

    return Misconception(slip.because, wrong)


ENDS = "np.logaddexp.reduce(alpha[-1, -2:])"
IN_FORWARD = (
    *("skips all", "skips none", "skips equal", "skips labels", "begins in the blank", "begins in the label"),
    *("never stays", "never steps", "best alone", "underflow", "own left out", "blank is 0", "blank is last"),
)
CTC_LOSS = Exercise(
    reference=ctc_loss,
    package=ctc.ctc_loss,
    difficulty="complete",
    statement="The loss of CTC for one sequence: minus the logarithm, in nats, of the probability of target, which is "
    "the sum over all alignments that collapse to it. inf where there is none. The arguments are those of ctc_forward. "
    "Returns a Python number.",
    inputs=("log_probs (T, K)", "target (S,) whole numbers", "blank the class that stands for no label"),
    outputs=("loss",),
    cases=sequences,
    hints=(
        "Everything is in the last row of alpha = ctc_forward(log_probs, target, blank), which you may call.",
        "An alignment ends in the last label or in the blank after it: the last two places. With no labels there is "
        "only one place.",
        "float(-np.logaddexp.reduce(alpha[-1, -2:])).",
    ),
    slips=(
        Slip("the minus is missing: the logarithm of a probability is negative, a loss is not.", (f"-{ENDS}", ENDS)),
        Slip(
            "an alignment may end in the last label too: both last places count.", ("alpha[-1, -2:]", "alpha[-1, -1:]")
        ),
        Slip(
            "an alignment may end in the blank after the last label too: both last places count.",
            ("alpha[-1, -2:]", "alpha[-1, -2:][:1]"),
        ),
        Slip(
            "all of the last row is summed: what has not reached the last label counts in yours.",
            ("alpha[-1, -2:]", "alpha[-1]"),
        ),
        Slip("the better of the two ends is taken. They are added up.", (ENDS, "np.max(alpha[-1, -2:])")),
        Slip("the two logarithms are added up: that multiplies the probabilities.", (ENDS, "np.sum(alpha[-1, -2:])")),
        Slip(
            "the ends of all steps are summed. An alignment ends at the last step.",
            (ENDS, "np.logaddexp.reduce(alpha[:, -2:], axis=None)"),
        ),
        Slip("this is the probability; minus its logarithm is asked for.", (f"-{ENDS}", f"np.exp({ENDS})")),
        Slip(
            "the loss is divided by the number of labels. Here it is that of the whole sequence.",
            (f"-{ENDS}", f"-{ENDS} / max(len(target), 1)"),
        ),
        Slip(
            "the loss is divided by the number of steps. Here it is that of the whole sequence.",
            (f"-{ENDS}", f"-{ENDS} / len(log_probs)"),
        ),
        Slip("this is in bits; nats are asked for.", (f"-{ENDS}", f"-{ENDS} / np.log(2)")),
        Slip(
            "an impossible target has a large number for its loss. It is inf.",
            (f"-{ENDS}", f"np.minimum(-{ENDS}, 1e9)"),
        ),
        Slip(
            "an impossible target costs nothing in yours. Its loss is inf.",
            (f"-{ENDS}", f"np.nan_to_num(-{ENDS}, posinf=0.0)"),
        ),
        *(_loss_by(name) for name in IN_FORWARD),
    ),
)


def ctc_beam_search(log_probs: Array, width: int, blank: int = 0) -> tuple[list[int], float]:
    """Each labelling has two sums: of its alignments that end in a blank, and of those that end in its last label."""
    kept: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for row in log_probs.tolist():
        found: dict[tuple[int, ...], tuple[float, float]] = {}
        for labels, (in_blank, in_label) in kept.items():
            both = np.logaddexp(in_blank, in_label)
            for k, log_p in enumerate(row):
                if k == blank:
                    ways = [(labels, both + log_p, -np.inf)]
                elif labels[-1:] == (k,):
                    ways = [(labels, -np.inf, in_label + log_p), ((*labels, k), -np.inf, in_blank + log_p)]
                else:
                    ways = [((*labels, k), -np.inf, both + log_p)]
                for name, to_blank, to_label in ways:
                    before = found.get(name, (-np.inf, -np.inf))
                    found[name] = np.logaddexp(before[0], to_blank), np.logaddexp(before[1], to_label)
        best = sorted(found, key=lambda name: (-np.logaddexp(*found[name]), name))
        kept = {name: found[name] for name in best[:width]}
    labels, ends = next(iter(kept.items()))
    return list(labels), float(np.logaddexp(*ends))


SAME = "[(labels, -np.inf, in_label + log_p), ((*labels, k), -np.inf, in_blank + log_p)]"
ADDED = "np.logaddexp(before[0], to_blank), np.logaddexp(before[1], to_label)"
RANK = "(-np.logaddexp(*found[name]), name)"
TOTAL = "float(np.logaddexp(*ends))"
BEAM_SLIPS = {
    "one after a blank": Slip(
        "the same label after a blank is a new one: a, blank, a is read aa. In yours it stays one a.",
        (SAME, "[(labels, -np.inf, both + log_p)]"),
    ),
    "always a new one": Slip(
        "the same label at the next step, without a blank between, is still the same one: a, a is read a.",
        (SAME, "[((*labels, k), -np.inf, both + log_p)]"),
    ),
    "both for the new": Slip(
        "a label twice needs a blank between: only alignments that end in a blank go on to the second one.",
        ("((*labels, k), -np.inf, in_blank + log_p)", "((*labels, k), -np.inf, both + log_p)"),
    ),
    "both for the old": Slip(
        "an alignment that ends in a blank cannot go on with the same label as before: that begins a new one.",
        ("(labels, -np.inf, in_label + log_p)", "(labels, -np.inf, both + log_p)"),
    ),
    "not merged": Slip(
        "a labelling is reached in several ways, and only the last is left. Add them up.",
        (ADDED, "to_blank, to_label"),
        ("                    before = found.get(name, (-np.inf, -np.inf))\n", ""),
    ),
    "best alignment": Slip(
        "of several ways to a labelling the best is taken. They are added up, np.logaddexp.",
        (ADDED, "np.maximum(before[0], to_blank), np.maximum(before[1], to_label)"),
    ),
    "greedy": Slip("one labelling is kept, whatever width is.", ("best[:width]", "best[:1]")),
    "ranked by one end": Slip(
        "labellings are ranked by the larger of their two sums. Both together count.",
        (RANK, "(-np.maximum(*found[name]), name)"),
    ),
    "ranked by label": Slip(
        "labellings are ranked by the alignments that end in a label. Those that end in a blank count too.",
        (RANK, "(-found[name][1], name)"),
    ),
    "the worst": Slip("the worst are kept, not the best.", ("best[:width]", "best[-width:]")),
    "one more": Slip("one more than width is kept.", ("best[:width]", "best[: width + 1]")),
    "one less": Slip("one less than width is kept.", ("best[:width]", "best[: max(1, width - 1)]")),
    "blank is 0": Slip("the blank is class 0 in yours, whatever blank says.", ("if k == blank", "if k == 0")),
    "blanks are labels": Slip(
        "blanks are among the labels. They only stand between them.", ("if k == blank", "if k < 0")
    ),
    "logarithms added": Slip(
        "the two sums' logarithms are added up: that multiplies the probabilities. np.logaddexp adds them.",
        ("both = np.logaddexp(in_blank, in_label)", "both = max(in_blank, -99.0) + max(in_label, -99.0)"),
    ),
    "underflow": Slip(
        "exp makes 0 of a small probability. Stay in logarithms: np.logaddexp.",
        ("both = np.logaddexp(in_blank, in_label)", "both = np.log(np.exp(in_blank) + np.exp(in_label))"),
    ),
    "label alone": Slip(
        "log_prob counts the alignments that end in a label. Those that end in a blank count too.",
        (TOTAL, "float(ends[1])"),
    ),
    "blank alone": Slip(
        "log_prob counts the alignments that end in a blank. Those that end in a label count too.",
        (TOTAL, "float(ends[0])"),
    ),
    "a probability": Slip(
        "this is the probability; its logarithm is asked for.", (TOTAL, "float(np.exp(np.logaddexp(*ends)))")
    ),
    "a cost": Slip("log_prob has the wrong sign.", (TOTAL, "float(-np.logaddexp(*ends))")),
    "by length": Slip(
        "log_prob is divided by the number of labels. The logarithm of the sum itself is asked for.",
        (TOTAL, "float(np.logaddexp(*ends)) / max(len(labels), 1)"),
    ),
    "ties as found": Slip(
        "equal ones are kept in the order in which they were found. Those with smaller labels, one by one, go first.",
        (RANK, "-np.logaddexp(*found[name])"),
    ),
    "last of equals": Slip(
        "of equal ones the larger labels are kept. The smaller ones, compared one by one, go first.",
        (RANK, "(-np.logaddexp(*found[name]), [-k for k in name], -len(name))"),
    ),
    "a step short": Slip(
        "the last step is left out.", ("log_probs.tolist()", "(log_probs.tolist()[:-1] or log_probs.tolist())")
    ),
}
TELLING = {  # what random sequences must tell apart, each once: the label, the slip, whose labels are others
    "a label twice": "one after a blank",
    "a label held": "always a new one",
    "a label held for long": "both for the new",
    "a label after a blank": "both for the old",
    "several ways to one labelling": "not merged",
    "the sum and the best alignment disagree": "best alignment",
    "not what one labelling alone leads to": "greedy",
    "both ends together decide": "ranked by one end",
    "it ends in a blank": "ranked by label",
}


def _best_path(log_probs: Array, width: int, blank: int = 0) -> tuple[list[int], float]:
    return ctc_collapse(log_probs.argmax(axis=1), blank), float(log_probs.max(axis=1).sum())


def _beams(rng: np.random.Generator) -> Iterator[Case]:
    """One step to LONG, 2 classes to 30, one kept labelling to more than there are; the blank anywhere.

    Each rule has a case that turns on it. Results of no label, of several, of equal neighbours; probabilities that are
    even, sharp, far below 1, not normalised. But for the equal ones, which are equal to the last digit in any order of
    adding up, no case turns on rounding.
    """

    def case(text: str, log_probs: Array, width: int, blank: int, layout: str = "C") -> Case:
        label = f"{text}: T={len(log_probs)}, K={log_probs.shape[1]}, width={width}, blank={blank}"
        return Case((log_probs, width, blank), label, log_probs.dtype.name, layout=layout)

    def drawn(
        text: str,
        T: int,
        K: int,
        width: int,
        blank: int,
        *,
        holds: Callable[[list[int]], Any] = lambda found: True,
        made: Callable[[Array], Array] = lambda log_probs: log_probs,
        sharpness: float = 1.5,
    ) -> Case:
        while True:
            log_probs = made(log_probabilities(rng, T, K, sharpness))
            least = 1e-3 if log_probs.dtype == np.float32 else 1e-6
            if narrowest_lead(log_probs, width, blank) > least and holds(ctc_beam_search(log_probs, width, blank)[0]):
                return case(text, log_probs, width, blank)

    yield drawn("random sizes", 9, 5, 3, 0, holds=lambda found: len(found) > 2)
    yield drawn("the same sizes again", 9, 5, 3, 0, holds=lambda found: len(found) > 2)
    for text, name in TELLING.items():
        wrong = BEAM_SLIPS[name].made_in(ctc_beam_search)
        while True:
            T, K, width = (int(n) for n in rng.integers((3, 3, 2), (8, 5, 6)))
            one = drawn(text, T, K, width, int(rng.integers(K)), sharpness=1.0)
            if wrong(*one.args)[0] != ctc_beam_search(*one.args)[0]:
                break
        yield one
    for text, low, high, other in (("a wider search finds another", 1, 3, 40), ("a narrower one does not", 6, 9, 2)):
        while True:
            T, K, width = (int(n) for n in rng.integers((5, 3, low), (9, 6, high)))
            one = drawn(text, T, K, width, int(rng.integers(K)), sharpness=0.7)
            if ctc_beam_search(one.args[0], other, one.args[2])[0] != ctc_beam_search(*one.args)[0]:
                break
        yield one
    yield drawn("all labellings are kept", 5, 3, 500, 0)
    yield drawn("all labellings are kept, the blank is not 0", 4, 4, 400, 2)
    yield drawn("the blank is the last class", 10, 5, 4, 4)
    yield drawn("the blank is in the middle", 10, 5, 4, 2, holds=lambda found: 0 in found)
    yield drawn("one is kept", 8, 4, 1, 0)
    yield drawn("one is kept, the blank is 1", 8, 4, 1, 1)
    yield drawn("one step", 1, 5, 3, 0)
    yield drawn("one step, and a label", 1, 5, 3, 0, holds=len)
    yield drawn("two steps", 2, 4, 3, 1)
    yield drawn("two classes", 9, 2, 4, 0, holds=lambda found: len(found) > 1)
    yield drawn("two classes, the blank is 1", 9, 2, 4, 1, holds=lambda found: len(found) > 1)
    yield drawn("as many classes as steps", 6, 6, 3, 0)
    yield drawn("more classes than steps", 4, 9, 5, 0)
    yield drawn("only the blank", 5, 1, 2, 0)
    yield drawn("no label", 8, 4, 4, 0, made=_likely_blanks, holds=lambda found: not found)
    yield drawn("the same label again and again", 10, 3, 5, 0, holds=lambda found: (np.diff(found) == 0).sum() > 1)
    yield drawn("many classes", 6, 30, 18, 25)
    yield drawn("sixty steps", 60, 4, 3, 0, sharpness=4.0)
    yield drawn("long", LONG, 3, 2, 0, sharpness=4.0)
    yield drawn("even probabilities", 7, 4, 6, 0, sharpness=0.05)
    yield drawn("sharp probabilities", 12, 5, 3, 0, sharpness=30.0)
    yield drawn("far below 1", 60, 4, 3, 1, made=lambda log_probs: log_probs - FAR)
    yield drawn("not normalised, all above 1", 9, 4, 4, 0, made=lambda log_probs: log_probs - log_probs.min())
    yield drawn("single precision", 8, 5, 3, 0, made=lambda log_probs: log_probs.astype("float32"))
    for layout in ("by columns", "strided", "read-only"):
        yield replace(drawn(layout, 9, 4, 3, 0), layout=layout)
    yield case("all equal", np.zeros((1, 3)), 2, 2)
    yield case("all equal, one is kept", np.full((1, 4), -1.25), 1, 3)
    yield case("two labels are equal", np.array([[-1.5, -0.75, -0.75]]), 1, 0)
    two = np.where(np.isin(np.arange(13), (2, 11)), -1.5, -2.5)
    yield case("two labels are equal, one of two digits", two[None], 1, 0)
    yield case("two labels are equal, two steps", np.array([[-3.0, -0.75, -0.75], [-0.5, -2.0, -2.0]]), 1, 0)


def _likely_blanks(log_probs: Array) -> Array:
    return log_probs - np.where(np.arange(log_probs.shape[1]) == 0, 0.0, 5.0)


CTC_BEAM_SEARCH = Exercise(
    reference=ctc_beam_search,
    package=ctc_decoding.ctc_beam_search,
    difficulty="extend",
    statement="Find a probable labelling. Begin with the empty one. At each step every labelling that is kept goes on "
    "with every class: with the blank, or with its own last label held, it stays the same; another label, or its last "
    "label after a blank, makes it longer. So keep two sums for each labelling: of its alignments that end in a blank, "
    "and of those that end in its last label. What reaches the same labelling in several ways is added up. After each "
    "step the best width are kept, by both sums together; equal ones by their labels, compared one by one, the smaller "
    "first, and a beginning of another before it. Return the best after the last step and log_prob, the logarithm of "
    "its two sums together. log_probs are finite natural logarithms; they may be far below 0 and need not be "
    "normalised.",
    inputs=("log_probs (T, K)", "width how many are kept", "blank the class that stands for no label"),
    outputs=("labels list of whole numbers", "log_prob"),
    cases=_beams,
    hints=(
        "A dict from labelling, a tuple, to a pair of log-probabilities; the empty one begins with (0, -inf): nothing "
        "has ended in a label yet.",
        "For each kept labelling and class there are three cases. Blank: the same labelling, both sums go into its "
        "first. Its own last label: its second sum goes into its second, and its first goes into the second of the "
        "longer one. Another label: both go into the second of the longer one.",
        "Write what comes out into a new dict. Where an entry is there already, add with np.logaddexp.",
        "sorted(found, key=lambda labels: (-np.logaddexp(*found[labels]), labels))[:width] are those to keep, the best "
        "one first: tuples compare as is asked.",
    ),
    slips=(
        *BEAM_SLIPS.values(),
        Misconception(
            "this is the best path: the most probable class of each step. The search adds up alignments.", _best_path
        ),
    ),
    never_zero=("log_probs",),
)


def mixture_nll(params: Array, target: Array) -> float:
    logit, mu_x, mu_y, log_s_x, log_s_y, r = np.moveaxis(params, -1, 0)
    log_pi = logit - np.logaddexp.reduce(logit, axis=1, keepdims=True)
    rho = np.tanh(r)
    z_x = (target[:, :1] - mu_x) / np.exp(log_s_x)
    z_y = (target[:, 1:] - mu_y) / np.exp(log_s_y)
    Z = z_x**2 + z_y**2 - 2 * rho * z_x * z_y
    log_N = -Z / (2 * (1 - rho**2)) - np.log(2 * np.pi) - log_s_x - log_s_y - np.log(1 - rho**2) / 2
    return float(-np.logaddexp.reduce(log_pi + log_N, axis=1).sum())


def _mixtures(rng: np.random.Generator) -> Iterator[Case]:
    """T and M from 1 to 257; logits to ±1000; deviations from e^-6 to e^6; r to ±5; targets on a mean and far away.

    Components that are equal, that lie far apart, of which one has all the weight; single precision and arrays as they
    may lie in memory.
    """

    def numbers(T: int, M: int, scale: float = 1.0, strongest: float = 5.0) -> tuple[Array, Array]:
        params = rng.normal(size=(T, M, 6))
        params[..., :3] *= scale
        params[..., 3:5] = np.clip(params[..., 3:5], -3, 3)
        params[..., 5] = np.clip(params[..., 5], -strongest, strongest)
        return params, scale * rng.normal(size=(T, 2))

    for draw in draws(rng, "TM"):
        single = draw.dtype == "float32"
        params, target = numbers(draw.T, draw.M, draw.scale, 1.0 if single else 5.0)
        if draw.kind == "large values":
            params[..., 5] = np.clip(5 * params[..., 5], -5, 5)
        yield draw.case(params.astype(draw.dtype), target.astype(draw.dtype))
    yield Case(numbers(3, 60), "many components: T=3, M=60")
    T, M = 7, 4
    for text in (
        *("strong correlation", "no correlation", "narrow ones", "wide ones", "one narrow, one wide"),
        *("huge logits", "logits far above 0", "logits far below 0", "equal logits", "equal components"),
        *("targets on a mean", "far targets", "very far targets", "the near one has no weight", "x alone", "y alone"),
        *("no negative numbers", "far apart", "on a mean of narrow ones"),
    ):
        params, target = numbers(T, M)
        if text == "strong correlation":
            params[..., 5] = 5 * np.sign(params[..., 5])
        elif text == "no correlation":
            params[..., 5] = 0
        elif text in ("narrow ones", "on a mean of narrow ones", "wide ones"):
            params[..., 3:5] = (6 if text == "wide ones" else -6) + 0.3 * params[..., 3:5]
        elif text == "one narrow, one wide":
            params[:, 0, 3:5], params[:, 1, 3:5] = -5, 5
        elif text == "huge logits":
            params[..., 0] = 1000 * np.sign(params[..., 0]) * rng.uniform(0.5, 1, (T, M))
        elif text in ("logits far above 0", "logits far below 0"):
            params[..., 0] += 1000 if text == "logits far above 0" else -1000
        elif text == "equal logits":
            params[..., 0] = 3
        elif text == "equal components":
            params[:] = params[:, :1]
        elif text in ("far targets", "very far targets"):
            target *= 100 if text == "far targets" else 1e5
        elif text == "the near one has no weight":
            params[:, 0, 0], params[:, 1:, 1:3] = -800, 200 + params[:, 1:, 1:3]
            params[:, 0, 1:3] = target
        elif text in ("x alone", "y alone"):
            params[..., 2 if text == "x alone" else 1] = target[:, None, 1 if text == "x alone" else 0]
        elif text == "no negative numbers":
            params, target = np.abs(params), np.abs(target)
        elif text == "far apart":
            params[..., 1:3] *= 1000
            target = params[np.arange(T), rng.integers(0, M, T), 1:3] + target
        if "on a mean" in text:
            target = params[:, 1, 1:3].copy()
        yield Case((params, target), f"{text}: T={T}, M={M}")


LOG_SUM = "np.logaddexp.reduce(log_pi + log_N, axis=1)"
WEIGHTS = "np.logaddexp.reduce(logit, axis=1, keepdims=True)"
NORMAL = "- np.log(2 * np.pi)"
SHRUNK = "- np.log(1 - rho**2) / 2"
CROSS = "- 2 * rho * z_x * z_y"
QUADRATIC = "-Z / (2 * (1 - rho**2))"
MIXTURE_NLL = Exercise(
    reference=mixture_nll,
    package=mixture.mixture_nll,
    difficulty="complete",
    statement="Minus the log density of T points in the plane, in nats, summed over the steps; each step has a mixture "
    "of its own of M Gaussians. The six numbers of a component are, in this order: its logit (the weights are the "
    "softmax over the components), mean x, mean y, the logarithms of the standard deviations in x and in y, and r, "
    "whose tanh is the correlation rho. With z_x = (x - mean x) / sigma_x, z_y likewise and Z = z_x^2 + z_y^2 - 2 rho "
    "z_x z_y, a component's density is exp(-Z / (2 (1 - rho^2))) / (2 pi sigma_x sigma_y sqrt(1 - rho^2)). Points may "
    "be so far away that every density is 0 in the computer, logits as large as ±1000; r is between -5 and 5. Returns "
    "a Python number.",
    inputs=("params (T, M, 6)", "target (T, 2)"),
    outputs=("nll",),
    cases=_mixtures,
    hints=(
        "np.moveaxis(params, -1, 0) gives six arrays (T, M). target[:, :1] is x as (T, 1), which fits them.",
        "Write down the logarithm of one component's density: no exp but those of the two log deviations.",
        "The log density of the mixture is log sum over m of exp(log weight + log density of m): np.logaddexp.reduce "
        "over the components. exp first and log after gives log 0 for a point far away.",
        "log weight = logit - np.logaddexp.reduce(logit, axis=1, keepdims=True).",
    ),
    slips=(
        Slip("this is the mean over the steps; the sum is asked for.", (".sum())", ".mean())")),
        Slip("the minus is missing.", ("float(-np", "float(np")),
        Slip("the correlation is r itself in yours; it is tanh r.", ("np.tanh(r)", "r")),
        Slip(
            "the logarithms of the deviations are used as the deviations: exp is missing.",
            ("/ np.exp(log_s_x)", "/ log_s_x"),
            ("/ np.exp(log_s_y)", "/ log_s_y"),
        ),
        Slip(
            "the two numbers are read as logarithms of variances. They are those of standard deviations.",
            ("np.exp(log_s_x)", "np.exp(log_s_x / 2)"),
            ("np.exp(log_s_y)", "np.exp(log_s_y / 2)"),
            ("- log_s_x - log_s_y", "- log_s_x / 2 - log_s_y / 2"),
        ),
        Slip("the logits are used as logarithms of weights: the weights must add up to 1.", (f" - {WEIGHTS}", "")),
        Slip(
            "the softmax runs over the steps. It runs over the components of one step, axis 1.",
            (WEIGHTS, "np.logaddexp.reduce(logit, axis=0)"),
        ),
        Slip(
            "exp of a logit of 1000 is infinite: np.logaddexp.reduce does without.",
            (WEIGHTS, "np.log(np.exp(logit).sum(axis=1, keepdims=True))"),
        ),
        Slip("the weights are left out.", ("log_pi + log_N", "log_N")),
        Slip("the term with rho has a minus in Z.", (CROSS, "+ 2 * rho * z_x * z_y")),
        Slip("the term with rho has a factor of 2 in Z.", (CROSS, "- rho * z_x * z_y")),
        Slip("the term with rho is missing in Z.", (CROSS, "")),
        Slip("Z is divided by 2 (1 - rho^2), and the 2 is missing in yours.", (QUADRATIC, "-Z / (1 - rho**2)")),
        Slip("Z is divided by 2 (1 - rho^2), and yours is divided by 2 alone.", (QUADRATIC, "-Z / 2")),
        Slip("sqrt(1 - rho^2) is missing in the denominator of the density.", (SHRUNK, "")),
        Slip("the root of 1 - rho^2 is taken: half its logarithm.", (SHRUNK, "- np.log(1 - rho**2)")),
        Slip("the density is divided by both deviations: - log sigma_x - log sigma_y.", ("- log_s_x - log_s_y", "")),
        Slip("in the plane the density is divided by 2 pi, not by its root.", (NORMAL, "- np.log(2 * np.pi) / 2")),
        Slip("2 pi is missing.", (NORMAL, "")),
        Slip(
            "these are the log densities, weighed and added up. The densities are added up, then the logarithm is "
            "taken.",
            (LOG_SUM, "(np.exp(log_pi) * log_N).sum(axis=1)"),
        ),
        Slip("only the best component counts in yours. All are added up.", (LOG_SUM, "np.max(log_pi + log_N, axis=1)")),
        Slip(
            "exp makes 0 of the density of a point far away, and log 0 is -inf: np.logaddexp.reduce does without.",
            (LOG_SUM, "np.log(np.exp(log_pi + log_N).sum(axis=1))"),
        ),
        Slip(
            "a small number is added to the density, so that its logarithm is not -inf: a point far away costs too "
            "little.",
            (LOG_SUM, "np.log(np.exp(log_pi + log_N).sum(axis=1) + 1e-12)"),
        ),
        Slip(
            "x and y have changed places.",
            ("target[:, :1] - mu_x", "target[:, 1:] - mu_x"),
            ("target[:, 1:] - mu_y", "target[:, :1] - mu_y"),
        ),
        Slip(
            "the order of the six is logit, both means, both deviations; yours takes mean and deviation of x, then of "
            "y.",
            ("mu_x, mu_y, log_s_x, log_s_y, r =", "mu_x, log_s_x, mu_y, log_s_y, r ="),
        ),
        Slip(
            "r is read before the deviations: it is the last of the six.",
            ("mu_y, log_s_x, log_s_y, r =", "mu_y, r, log_s_x, log_s_y ="),
        ),
        Slip("this is in bits; nats are asked for.", (".sum())", ".sum() / np.log(2))")),
    ),
)
