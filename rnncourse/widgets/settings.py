"""What a reader sets before a stored model plays: beside sliders and choices, what is typed: words, whole numbers."""

from dataclasses import dataclass
from html import escape
from typing import Any

from .figure import _control, _italic
from .parameters import Choice, Slider


@dataclass(frozen=True)
class Words:
    """A text that is typed, at most `longest` characters."""

    name: str
    label: str
    value: str
    rows: int = 2
    longest: int = 2000


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
        size = f'rows="{setting.rows}" maxlength="{setting.longest}" spellcheck="false"'
        kind, element = "rnn-wide", f"<textarea {size} {mark}>\n{escape(setting.value)}</textarea>"
    else:
        ends = f'min="{setting.low}" max="{setting.high}" step="1" required inputmode="numeric"'
        kind, element = "rnn-narrow", f'<input type="number" {ends} value="{setting.value}" {mark}>'
    return f'<label class="rnn-control {kind}"><span>{_italic(setting.label)}</span>{element}</label>'


def widget(setting: Setting) -> Any:
    """The same control for a running kernel (needs ipywidgets)."""
    import ipywidgets

    label = setting.label.replace("*", "")
    roomy = ipywidgets.Layout(width="min(100%, 36rem)")
    words = {"description": label, "tooltip": label, "style": {"description_width": "initial"}, "layout": roomy}
    if isinstance(setting, Words):
        return ipywidgets.Textarea(value=setting.value, rows=setting.rows, **words)
    if isinstance(setting, Whole):
        return ipywidgets.BoundedIntText(min=setting.low, max=setting.high, value=setting.value, **words)
    if isinstance(setting, Choice):
        options = [(label, value) for value, label in setting.options]
        return ipywidgets.Dropdown(options=options, value=setting.value, **words)
    ends = {"min": setting.low, "max": setting.high, "step": setting.step, "value": setting.value}
    return ipywidgets.FloatSlider(**ends, readout_format=f".{setting.digits}f", **words)
