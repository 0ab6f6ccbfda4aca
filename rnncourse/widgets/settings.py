"""What a reader sets before a stored model plays: beside sliders and choices, what is typed: words, whole numbers."""

from dataclasses import dataclass
from html import escape
from typing import Any

from .figure import _control, _italic
from .parameters import Choice, Slider


@dataclass(frozen=True)
class Words:
    """A text that is typed, at most `longest` characters; with one row a line, in which Enter is the button's click.

    offers : pairs (language, text), texts that a click puts in its place; the language as HTML has it, "hu".
    """

    name: str
    label: str
    value: str
    rows: int = 2
    longest: int = 2000
    offers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Whole:
    """A whole number that is typed, from `low` to `high`."""

    name: str
    label: str
    low: int
    high: int
    value: int


Setting = Slider | Choice | Words | Whole


def control(setting: Setting) -> str:
    """One labelled native control; the page's script reads `data-param`."""
    if isinstance(setting, Slider | Choice):
        return _control(setting)
    mark = f'data-param="{setting.name}"'
    if isinstance(setting, Words):
        kind, size, value = "rnn-wide", f'maxlength="{setting.longest}" spellcheck="false"', escape(setting.value)
        if setting.rows == 1:
            element = f'<input type="text" {size} autocomplete="off" autocapitalize="off" value="{value}" {mark}>'
        else:
            element = f'<textarea rows="{setting.rows}" {size} {mark}>\n{value}</textarea>'
    else:
        ends = f'min="{setting.low}" max="{setting.high}" step="1" required inputmode="numeric"'
        kind, element = "rnn-narrow", f'<input type="number" {ends} value="{setting.value}" {mark}>'
    label = f'<label class="rnn-control {kind}"><span>{_italic(setting.label)}</span>{element}</label>'
    return label + (_offered(setting) if isinstance(setting, Words) and setting.offers else "")


def _offered(setting: Words) -> str:
    """A button for each text on offer; the page's script reads `data-offer`."""
    buttons = "".join(
        f'<button type="button" lang="{language}" data-offer="{setting.name}">{escape(text)}</button>'
        for language, text in setting.offers
    )
    return f'<div class="rnn-offers" role="group" aria-label="Examples">{buttons}</div>'


def widget(setting: Setting) -> Any:
    """The same control for a running kernel (needs ipywidgets)."""
    import ipywidgets

    label = setting.label.replace("*", "")
    roomy = ipywidgets.Layout(width="min(100%, 36rem)")
    words = {"description": label, "tooltip": label, "style": {"description_width": "initial"}, "layout": roomy}
    if isinstance(setting, Words):
        if setting.rows > 1:
            return ipywidgets.Textarea(value=setting.value, rows=setting.rows, **words)
        return ipywidgets.Combobox(value=setting.value, options=[text for _, text in setting.offers], **words)
    if isinstance(setting, Whole):
        return ipywidgets.BoundedIntText(min=setting.low, max=setting.high, value=setting.value, **words)
    if isinstance(setting, Choice):
        options = [(label, value) for value, label in setting.options]
        return ipywidgets.Dropdown(options=options, value=setting.value, **words)
    ends = {"min": setting.low, "max": setting.high, "step": setting.step, "value": setting.value}
    return ipywidgets.FloatSlider(**ends, readout_format=f".{setting.digits}f", **words)
