"""An interactive figure, described once: a function of a few parameters, their ranges, and how its values are drawn.

Three renderings of the same description:

* with a kernel and ipywidgets 8 (JupyterLab, Colab, Binder): sliders that call the NumPy function;
* on a page without a kernel: native controls over a grid of precomputed values or over a small port of the function
  to JavaScript, drawn by `static/figures.js`;
* in print or without JavaScript: the first picture, its caption and a sentence that says what is seen.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import product
from typing import Any

import numpy as np

from .live import build
from .parameters import Choice, Parameter, Slider, Steps
from .svg import PALETTE, Panel, render_panels
from .values import Values, fill_template, plain, tidy


@dataclass(frozen=True)
class InteractiveFigure:
    """The description of one figure; as the last value of a cell it shows itself.

    function : takes the parameters by name, returns named values (numbers, lists, arrays, strings). NumPy only.
    panels : made by `svg.axes` and `svg.diagram`; their marks refer to the values as "$name".
    caption : what the figure claims; `*word*` becomes italic. alt : what is seen at first, in a sentence or two.
    readout : a sentence about the present values, "{h:2}" is the value h with two decimals; read out by screen readers.
    constants : values that do not depend on the parameters.
    port : the body of a JavaScript function of `p` (parameters) and `K` (constants) that returns the same values.
        Without one the function is evaluated on the grid of all parameters' values, which must stay small.
    legend : pairs (colour's name, words).  pick : {"panel": 0, "x": "w", "y": "b"}: pointing sets these parameters.
    """

    name: str
    function: Callable[..., Values]
    parameters: Sequence[Parameter]
    panels: Sequence[Panel]
    caption: str
    alt: str
    readout: str = ""
    constants: Values = field(default_factory=dict)
    port: str = ""
    legend: Sequence[tuple[str, str]] = ()
    pick: dict[str, Any] | None = None
    interval: int = 900  # milliseconds a step

    def __post_init__(self) -> None:
        if not self.alt or not self.caption:
            raise ValueError(f"{self.name}: a figure needs a caption and an alt text")
        object.__setattr__(self, "panels", plain(list(self.panels)))
        object.__setattr__(self, "constants", tidy(self.constants))

    def values(self, **parameters: Any) -> Values:
        """The values at these parameters (the others at their first value), rounded as the page has them."""
        chosen = {p.name: p.value for p in self.parameters} | parameters
        return self.constants | tidy(self.function(**chosen))

    def svg(self, **parameters: Any) -> str:
        """The panels at these parameters."""
        return render_panels(self.panels, self.values(**parameters))

    def words(self, **parameters: Any) -> str:
        """The readout at these parameters."""
        return fill_template(self.readout, self.values(**parameters))

    def specification(self) -> dict[str, Any]:
        """All that the page's script needs, as plain data."""
        spec: dict[str, Any] = {
            "name": self.name,
            "interval": self.interval,
            "readout": self.readout,
            "pick": self.pick,
            "palette": PALETTE,
            "params": [_parameter_data(p, with_values=not self.port) for p in self.parameters],
            "panels": self.panels,
            "constants": self.constants,
        }
        return spec | ({"port": _dedent(self.port)} if self.port else {"grid": self._grid()})

    def _grid(self) -> dict[str, Any]:
        """Every value at every combination, without the parameters on which it does not depend."""
        every = [p.values for p in self.parameters]
        names = [p.name for p in self.parameters]
        frames = [tidy(self.function(**dict(zip(names, point, strict=True)))) for point in product(*every)]
        shape = [len(v) for v in every]
        grid = {}
        for key in frames[0]:
            data = np.empty(len(frames), dtype=object)
            for k, frame in enumerate(frames):
                data[k] = frame[key]
            data, axes = data.reshape(shape), list(names)
            for axis in reversed(range(len(shape))):
                first = np.take(data, [0], axis=axis)
                if all(a == b for a, b in zip(data.flat, np.broadcast_to(first, data.shape).flat, strict=True)):
                    data = first
                    axes.pop(axis)
            grid[key] = {"axes": axes, "data": list(data.flat)}
        return grid

    def html(self) -> str:
        """The figure for a page without a kernel; the same text on every machine."""
        legend = "".join(
            f'<li><span class="rnn-swatch" style="background:var(--rnn-{c},{PALETTE[c]})"></span>{escape(words)}</li>'
            for c, words in self.legend
        )
        lines = [
            f'<figure class="rnn-figure" data-figure="{self.name}">',
            f'<div class="rnn-picture" role="img" aria-label="{escape(self.alt)}" '
            f'style="display:flex;flex-wrap:wrap;gap:.5rem">{self.svg()}</div>',
            f'<ul class="rnn-legend">{legend}</ul>' if legend else "",
            '<div class="rnn-controls" role="group" aria-label="Controls of the figure" hidden>',
            *(_control(p) for p in self.parameters),
            "" if any(isinstance(p, Steps) for p in self.parameters) else _RESET,
            "</div>",
            f'<p class="rnn-readout" role="status">{escape(self.words())}</p>' if self.readout else "",
            f"<figcaption>{_italic(self.caption)}</figcaption>",
            f'<script type="application/json" class="rnn-spec">{_json(self.specification())}</script>',
            "</figure>",
        ]
        return "\n".join(line for line in lines if line)

    def widget(self) -> Any:
        """Sliders and picture for a running kernel (needs ipywidgets)."""

        def picture(**now: Any) -> str:
            return (
                f'<div role="img" aria-label="{escape(self.alt)}" style="display:flex;flex-wrap:wrap;gap:.5rem">'
                f"{self.svg(**now)}</div><p>{escape(self.words(**now))}</p>"
                f"<p><small>{_italic(self.caption)}</small></p>"
            )

        return build(self.parameters, picture, self.interval)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        """The page's form, and sliders beside it where a kernel answers: a front end without them shows the former."""
        page = {"text/html": self.html(), "text/plain": repr(self)}
        return (_sliders(self) | page) if _has_live_front_end() else page

    def __repr__(self) -> str:
        return f"Interactive figure {self.name}: {self.caption.replace('*', '')}"


def _parameter_data(parameter: Parameter, *, with_values: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"name": parameter.name, "kind": type(parameter).__name__.lower()}
    return data | {"values": parameter.values} if with_values else data


def _control(parameter: Parameter) -> str:
    """One labelled native control."""
    label, first = _italic(parameter.label), escape(str(parameter.value))
    mark = f'data-param="{parameter.name}" data-first="{first}"'
    if isinstance(parameter, Choice):
        options = "".join(
            f'<option value="{escape(str(v))}"{" selected" if v == parameter.value else ""}>{escape(words)}</option>'
            for v, words in parameter.options
        )
        return f'<label class="rnn-control"><span>{label}</span><select {mark}>{options}</select></label>'
    low, high, step = (
        (parameter.low, parameter.high, parameter.step)
        if isinstance(parameter, Slider)
        else (parameter.first, parameter.last, 1)
    )
    digits = parameter.digits if isinstance(parameter, Slider) else 0
    shown = f"{parameter.value:.{digits}f}".replace("-", "−")
    slider = (
        f'<label class="rnn-control"><span>{label}</span><input type="range" min="{low:g}" max="{high:g}" '
        f'step="{step:g}" value="{first}" data-digits="{digits}" {mark}>'
        f'<span class="rnn-value" aria-hidden="true">{shown}</span></label>'
    )
    if isinstance(parameter, Slider):
        return slider
    return (
        '<div class="rnn-play"><button type="button" data-act="play">Play</button>'
        '<button type="button" data-act="back">Back</button>'
        f'<button type="button" data-act="step">Step</button>{slider}{_RESET}</div>'
    )


_RESET = '<button type="button" data-act="reset">Reset</button>'


def _italic(words: str) -> str:
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", escape(words))


def _dedent(body: str) -> str:
    return "\n".join(line.strip() for line in body.strip().splitlines())


def _json(data: dict[str, Any]) -> str:
    """One line an entry, so that a change of one number is a small diff; safe inside a script element."""

    def short(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    lines = []
    for key, value in data.items():
        if key in ("grid", "constants") and value:
            inner = ",\n".join(f"{short(k)}:{short(v)}" for k, v in value.items())
            lines.append(f"{short(key)}:{{\n{inner}}}")
        elif key == "panels":
            lines.append(f"{short(key)}:[" + ",\n".join(short(panel) for panel in value) + "]")
        else:
            lines.append(f"{short(key)}:{short(value)}")
    return ("{" + ",\n".join(lines) + "}").replace("<", "\\u003c")


def _sliders(figure: InteractiveFigure) -> dict[str, Any]:
    """The view of the figure's widget, for front ends that show widgets."""
    bundle = figure.widget()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle  # beside its data it may give metadata
    return {kind: content for kind, content in (data or {}).items() if kind != "text/plain"}


def _has_live_front_end() -> bool:
    """True where sliders would be answered: a running kernel with ipywidgets 8 (7 works otherwise)."""
    if os.environ.get("RNNCOURSE_RENDER") == "static":
        return False
    try:
        import ipywidgets  # its absence means the static figure
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(ipywidgets.Widget, "_repr_mimebundle_") and getattr(get_ipython(), "kernel", None) is not None
