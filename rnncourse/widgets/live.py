"""The figure with a running kernel: ipywidgets call the NumPy function, the same panels show the values."""

from html import escape
from typing import Any

from .figure import Choice, InteractiveFigure, Parameter, Slider, _italic


def build(figure: InteractiveFigure) -> Any:
    """A box of controls, picture, readout and caption; its children observe one another."""
    import ipywidgets

    wide = {"description_width": "initial"}
    roomy = ipywidgets.Layout(width="min(100%, 26rem)")

    def control(parameter: Parameter) -> Any:
        words = {"description": parameter.label.replace("*", ""), "style": wide, "layout": roomy}
        if isinstance(parameter, Choice):
            options = [(label, value) for value, label in parameter.options]
            return ipywidgets.Dropdown(options=options, value=parameter.value, **words)
        if isinstance(parameter, Slider):
            ends = {"min": parameter.low, "max": parameter.high, "step": parameter.step, "value": parameter.value}
            return ipywidgets.FloatSlider(**ends, readout_format=f".{parameter.digits}f", **words)
        return ipywidgets.IntSlider(min=parameter.first, max=parameter.last, value=parameter.value, **words)

    controls = {p.name: control(p) for p in figure.parameters}
    picture = ipywidgets.HTML()

    def show(_: object = None) -> None:
        now = {name: c.value for name, c in controls.items()}
        picture.value = (
            f'<div role="img" aria-label="{escape(figure.alt)}" style="display:flex;flex-wrap:wrap;gap:.5rem">'
            f"{figure.svg(**now)}</div><p>{escape(figure.words(**now))}</p><p><small>{_italic(figure.caption)}"
            "</small></p>"
        )

    rows = []
    for parameter in figure.parameters:
        slider = controls[parameter.name]
        slider.observe(show, "value")
        if not isinstance(parameter, Slider | Choice):
            play = ipywidgets.Play(
                min=parameter.first, max=parameter.last, value=parameter.value, interval=figure.interval
            )
            ipywidgets.jslink((play, "value"), (slider, "value"))
            slider = ipywidgets.HBox([play, slider])
        rows.append(slider)
    show()
    return ipywidgets.VBox([*rows, picture])
