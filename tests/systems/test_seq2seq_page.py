"""What a page shows of the translator: it reads as greedy decoding does, and its example is the stored network's."""

import datetime
import json
import re

import numpy as np
import pytest

from rnncourse.data import dates
from rnncourse.reference.decoding import greedy_decode
from rnncourse.reference.seq2seq import END, START, reader
from rnncourse.systems import weights
from rnncourse.systems.seq2seq import live, page
from rnncourse.widgets import attention_map, looked
from rnncourse.widgets.player import Shown, stopped
from tests.site import player_page

TEXT = "  7 March 2024é "
READ = "7 march 2024é"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(page, "PACE", 0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return player_page.model(player_page.systems(tmp_path_factory.mktemp("systems")), "seq2seq")


def shown(model, text=TEXT):
    return Shown().after(page.play(model, text=text))


# --- reading ----------------------------------------------------------------------------------------------------------


def test_it_reads_as_greedy_decoding_does_with_weights_that_sum_to_one(model):
    signs = list(live.read(model, READ))
    step, first = reader(np.array(model.source.numbers(READ)), model.params, cell=model.cell)
    symbols = greedy_decode(step, first, START, END, model.task.limit)
    assert page.answer(signs) == "".join(model.target.decode(symbols))
    assert len(signs) == min(len(symbols) + 1, model.task.limit)
    state, symbol = first, START
    for one, said in zip(signs, [*symbols, END], strict=False):
        log_p, state = step(state, symbol)
        assert one.log_p == log_p[said]
        assert one.weights.sum() == pytest.approx(1)
        symbol = said


def test_the_map_of_a_text_has_a_row_a_sign_and_a_column_a_letter(model):
    signs, weights = live.looks(model, READ)
    assert signs == [one.sign for one in live.read(model, READ)]
    assert weights.shape == (len(signs), len(READ))
    figure = attention_map([("any", READ, signs, weights)])
    assert np.abs(np.array(figure.values(t=len(signs))["rows"]) - weights).max() <= 0.005 + 1e-9


def test_it_stops_at_the_end(model):
    V, b_V = model.params.decoder.V, model.params.decoder.b_V.copy()
    b_V[END] = 50
    ended = model._replace(params=model.params._replace(decoder=model.params.decoder._replace(V=V, b_V=b_V)))
    (sign,) = live.read(ended, READ)
    assert (sign.sign, round(sign.log_p, 6)) == ("", 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": None}, "not a translator: it has no task"),
        ({"readout.bias": None}, r"it has no readout\.bias"),
        ({"task": np.array([ord("x")])}, "its task is 'x', expected one of dates, numbers, pronunciation"),
        ({"source": np.array(["<pad>", "<start>", "<end>", "<unknown>", "a"])}, "source has 5 signs"),
        ({"target": np.array(["a", "b"])}, "the first four"),
    ],
)
def test_what_is_no_translator_is_named(tmp_path, change, said):
    player_page.small_translator(tmp_path / "one.safetensors")
    arrays = {name: a for name, a in (weights.for_page(tmp_path / "one.safetensors") | change).items() if a is not None}
    with pytest.raises(ValueError, match=said):
        live.load(arrays)


def test_a_file_and_the_pages_arrays_are_one_model(tmp_path, model):
    player_page.small_translator(tmp_path / "one.safetensors")
    arrays = weights.for_page(tmp_path / "one.safetensors")
    np.savez(tmp_path / "one.npz", **arrays)
    for source in (tmp_path / "one.safetensors", tmp_path / "one.npz", arrays):
        for ours, theirs in zip(live.read(live.load(source), READ), live.read(model, READ), strict=True):
            assert (ours.sign, ours.log_p) == (theirs.sign, theirs.log_p)


@pytest.mark.parametrize(("text", "day"), [("2024-02-29", True), ("2023-02-29", False), ("20240229", False)])
def test_a_day_is_known_from_what_is_none(text, day):
    assert live.is_day(text) == day


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_a_row_for_each_sign_has_all_letters_and_their_weights(model):
    signs, now = list(live.read(model, READ)), shown(model)
    rows = re.findall(r'<div class="rnn-look"><b>(.*?)</b><code[^>]*>(.*?)</code><small>(.*?)</small>', now.picture)
    assert [sign for sign, _, _ in rows] == [one.sign or "end" for one in signs]
    assert f'<p class="rnn-answer">{page.answer(signs)}</p>' in now.picture
    for (_, cells, percent), one in zip(rows, signs, strict=True):
        letters = re.findall(r"<span(?: style=\"background:rgb\(var\(--rnn-look,[\d ]+\)/([\d.]+)\)\")?>(.)<", cells)
        assert "".join(letter for _, letter in letters) == READ
        assert [float(weight or 0) for weight, _ in letters] == [
            float(f"{weight:.2f}") * (weight >= looked.FAINT) for weight in one.weights
        ]
        assert percent == looked.percent(np.exp(one.log_p))


def test_it_is_seen_sign_by_sign(model):
    answers = [re.search(r'rnn-answer">(.*?)<', piece["picture"]) for piece in page.play(model, text=TEXT)]
    assert answers[0] is None
    whole = page.answer(list(live.read(model, READ)))
    assert [found[1] for found in answers[1:-1]] == [whole[: k + 1] for k in range(len(whole))]


def test_words_say_the_answer_how_probable_it_is_and_what_is_wrong(model):
    signs, said = list(live.read(model, READ)), shown(model, TEXT.replace("é", "ß")).words
    assert f"“{TEXT.strip()}” is read as {page.answer(signs)} (probability " in shown(model).words
    log_p = sum(one.log_p for one in signs)
    assert f"log p = −{abs(log_p):.3f}" in shown(model).words
    assert "No training text has “ß”." in said
    assert "No training text" not in shown(model).words
    assert said.endswith("There is no such day.")


def test_what_is_a_day_gets_no_complaint():
    signs = [live.Sign(one, -0.01, np.ones(1)) for one in ("2024-02-29", "")]
    assert page.said("x", signs, []) == "“x” is read as 2024-02-29 (probability 98 %, log p = −0.020)."
    assert page.said("x", [signs[1]], []).endswith("There is no such day.")


def test_label_and_list_say_for_each_sign_what_it_looked_at(model):
    signs, now = list(live.read(model, READ)), shown(model)
    items = re.findall("<li>(.*?)</li>", now.details)
    assert items == [looked.said(one.sign, READ, one.weights) for one in signs]
    assert now.label.endswith(f"Where each sign looked most: {'; '.join(items)}.")


def test_stop_keeps_what_was_written_and_complains_of_nothing(model):
    pieces = page.play(model, text=TEXT)
    now = Shown().after([next(pieces), next(pieces), next(pieces)])
    now = now.after(stopped(pieces))
    assert now.picture.count('rnn-look"') == 2
    assert now.words.startswith(
        f"Stopped. “{TEXT.strip()}” is read as {page.answer(list(live.read(model, READ))[:2])} "
    )
    assert "no such day" not in now.words


def test_a_text_is_shown_as_text(model):
    now = shown(model, "<b>&\"'")
    assert "&lt;</span>" in now.picture
    assert "<b>&" not in now.picture + now.details


@pytest.mark.parametrize(
    ("text", "named"), [("", "an empty text"), (" \N{ZERO WIDTH SPACE} ", "empty"), ("7" * 61, "61")]
)
def test_what_cannot_be_read_is_named(model, text, named):
    with pytest.raises(ValueError, match=named):
        shown(model, text)


def test_without_attention_there_is_no_map(model):
    with pytest.raises(ValueError, match="no attention"):
        shown(model._replace(attention=False))
    assert next(live.read(model._replace(attention=False), READ)).weights is None


# --- letters in words -------------------------------------------------------------------------------------------------


def test_half_of_a_look_is_the_fewest_letters_and_neighbours_are_joined():
    assert looked.half("march", [0.3, 0.3, 0.1, 0.1, 0.2]) == [("ma", 1, 2)]
    assert looked.half("march", [0.3, 0.0, 0.1, 0.3, 0.3]) == [("m", 1, 1), ("c", 4, 4)]
    assert looked.half("a", [1.0]) == [("a", 1, 1)]
    assert looked.said("", "7 m", [0.1, 0.8, 0.1]) == "end: a space (letter 2)"
    assert looked.said("0", "mar", [0.3, 0.3, 0.4]) == "0: “m” (letter 1) and “r” (letter 3)"


def test_what_is_nearly_sure_is_not_called_sure():
    assert [looked.percent(p) for p in (0.9999, 0.987, 0.5, 0.02, 0.001)] == ["> 99 %", "99 %", "50 %", "2 %", "< 1 %"]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_offers_are_dates_as_their_languages_write_them():
    pytest.importorskip("babel", reason="the extra [systems] is not installed")
    day = datetime.date(2024, 3, 7)
    for language, text in page.OFFERS[:-1]:
        written = [dates.write(day, language, form) for form in dates.READABLE]
        assert dates.plain(text) in map(dates.plain, written), text
    _, none = page.OFFERS[-1]
    assert none == "30 February 2024"
    assert max(len(text) for _, text in page.OFFERS) <= page.LONGEST


def test_the_example_is_what_the_stored_network_makes_of_the_first_settings():
    if "seq2seq/dates" not in weights.of_pages():
        pytest.skip("no stored network of dates yet")
    made = json.loads(page.EXAMPLE.read_text(encoding="utf-8"))
    again = page.example(weights.playing("seq2seq/dates"))
    renew = "python tools/live/examples.py seq2seq renews it"
    assert (made["settings"], made["read"]) == (again["settings"], again["read"])
    assert [one[0] for one in made["signs"]] == [one[0] for one in again["signs"]], renew
    for (_, log_p, looks), (_, log_p_again, looks_again) in zip(made["signs"], again["signs"], strict=True):
        np.testing.assert_allclose([log_p, *looks], [log_p_again, *looks_again], atol=0.02, err_msg=renew)


def test_the_stored_network_reads_one_day_in_every_language_on_offer():
    if "seq2seq/dates" not in weights.of_pages():
        pytest.skip("no stored network of dates yet")
    model = weights.playing("seq2seq/dates")
    for language, text in page.OFFERS[:4]:
        assert page.answer(list(live.read(model, model.task.plain(text)))) == "2024-03-07", language
