"""A claim shows what was measured, keeps the numbers, and refuses what could not be compared."""

import json
import math

import numpy as np
import pytest

from rnncourse.claims import MIME, Claim, claim


def stated(measured=0.5, **options):
    return claim("It holds.", measured=measured, **{"holds": True, "tolerance": 0.1} | options)


@pytest.mark.parametrize(
    ("measured", "options", "value"),
    [
        (0.03125, {}, "0.0312"),
        (3.2e-16, {}, "3.2e-16"),
        (120_000, {}, "120,000"),
        (2.5, {"unit": "bits", "shown": ".2f"}, "2.50 bits"),
        (0.25, {"seeds": 5}, "0.25, 5 seeds"),
        ([0.25, 0.5, 1.5], {}, "mean 0.75 (0.25 to 1.5), 3 seeds"),
        ([0.25, 0.5, 1.5], {"centre": "median", "unit": "s"}, "median 0.5 s (0.25 to 1.5), 3 seeds"),
        ([0.25], {}, "0.25, 1 seed"),
        ({"a": 1.5, "b": 2.5}, {}, "a: 1.5; b: 2.5"),
        ({"a": [1, 2, 6], "b": [2.5] * 3}, {}, "a: mean 3 (1 to 6); b: mean 2.5 (2.5 to 2.5); 3 seeds each"),
        ({"a": [1.0, 2.0], "guess": 2.5}, {}, "a: mean 1.5 (1 to 2) from 2 seeds; guess: 2.5"),
    ],
)
def test_the_value_shows_the_numbers_their_range_and_the_seeds(measured, options, value):
    shown = stated(measured, **options)
    assert shown.value == value
    assert f"[{value}]" in repr(shown)


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda entries: (n for n in entries)])
def test_numbers_of_numpy_are_numbers(kind):
    numbers_are_numbers(kind, [np.float64(0.5), np.float32(0.5), np.array(0.5)])


def test_numbers_of_torch_are_numbers():
    torch = pytest.importorskip("torch", reason="needs PyTorch, which is not installed here")
    numbers_are_numbers(torch.tensor, [torch.tensor(0.5)])


def numbers_are_numbers(kind, scalars):
    assert stated(kind([0.25, 0.5])).rows == stated([0.25, 0.5]).rows
    assert stated(kind([1, 2])).value == "mean 1.5 (1 to 2), 2 seeds"
    assert all(type(n) is int for n in stated(kind([1, 2])).rows[0].numbers)
    for scalar in scalars:
        assert stated(scalar).rows == stated(0.5).rows


def test_the_output_keeps_every_number_and_gives_the_claim_back():
    tolerance = {"k = 8": 0.1, "a | b": 0}
    said = stated({"k = 8": [0.125, 1 / 3], "a | b": 7}, tolerance=tolerance, unit="bits", centre="median")
    data = json.loads(json.dumps(said._repr_mimebundle_()[MIME], sort_keys=True))  # as a notebook stores it
    assert Claim.from_stored(data) == said
    assert [row["label"] for row in data["rows"]] == ["k = 8", "a | b"], "the order of the page is lost"
    assert data["rows"][0]["numbers"] == [0.125, 1 / 3]


def test_html_is_escaped():
    html = claim("a < b & c", measured=1, holds=True, tolerance=0)._repr_mimebundle_()["text/html"]
    assert "a &lt; b &amp; c" in html


def test_many_values_stand_below_one_another_and_few_in_a_line():
    def shown(count):
        made = claim("s", measured={f"n{k}": [k, k + 1] for k in range(count)}, holds=True, tolerance=0)
        return made._repr_mimebundle_()["text/html"]

    assert "n0: mean 0.5 (0 to 1); n1: mean 1.5 (1 to 2); 2 seeds each<" in shown(2)
    assert "n2: mean 2.5 (2 to 3)<br>n3: mean 3.5 (3 to 4)<br>2 seeds each<" in shown(4)


def test_a_claim_that_does_not_hold_says_what_was_measured():
    with pytest.raises(AssertionError, match=r"It holds\. \[mean 1\.5 \(1 to 2\), 2 seeds\]"):
        stated([1, 2], holds=False)
    with pytest.raises(AssertionError):
        stated(holds=np.bool_(False))


@pytest.mark.parametrize(
    ("measured", "options", "error", "said"),
    [
        (0.5, {"holds": np.array([True, False])}, TypeError, "one truth value"),
        (0.5, {"holds": "yes"}, TypeError, "one truth value, got str"),
        (None, {}, TypeError, "measured must be numbers, got NoneType"),
        (0.5, {"tolerance": None}, TypeError, "tolerance must be numbers, got NoneType"),
        ("0.5", {}, TypeError, "got str"),
        (True, {}, TypeError, "truth value"),
        ([0.5, None], {}, TypeError, "got NoneType"),
        (np.zeros((2, 2)), {}, TypeError, "got ndarray"),
        ([], {}, ValueError, "measured is empty"),
        ({}, {}, ValueError, "measured is empty"),
        ({"a": []}, {}, ValueError, r"measured\['a'\] is empty"),
        ({8: 0.5}, {}, TypeError, r"words for the page, got \[8\]"),
        (math.inf, {}, ValueError, "finite, got inf"),
        ([0.5, math.nan], {}, ValueError, "finite, got nan"),
        (0.5, {"tolerance": -0.1}, ValueError, "not be negative"),
        (0.5, {"tolerance": math.inf}, ValueError, "tolerance must be finite"),
        ({"a": 1}, {"tolerance": {"b": 1}}, ValueError, r"labels \['b'\], measured has \['a'\]"),
        (0.5, {"shown": "three digits"}, ValueError, "must be a format of numbers"),
        (0.5, {"shown": 3}, ValueError, "must be a format of numbers"),
        (0.5, {"centre": "mode"}, ValueError, "'mean' or 'median'"),
        ([0.5, 0.6], {"seeds": 3}, ValueError, "2 numbers, one a seed, but seeds is 3"),
    ],
)
def test_what_could_not_be_compared_is_refused(measured, options, error, said):
    with pytest.raises(error, match=said):
        stated(measured, **options)
