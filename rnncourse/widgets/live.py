"""The figure with a running kernel: ipywidgets call the NumPy function, the same panels show the values."""

from collections.abc import Callable, Sequence
from typing import Any

from .parameters import Choice, Parameter, Slider


def build(parameters: Sequence[Parameter], picture: Callable[..., str], interval: int) -> Any:
    """A box of controls over what `picture(**values)` gives as HTML; a play button steps every `interval` ms."""
    import ipywidgets

    wide = {"description_width": "initial"}
    roomy = ipywidgets.Layout(width="min(100%, 26rem)")

    def control(parameter: Parameter) -> Any:
        label = parameter.label.replace("*", "")
        words = {"description": label, "tooltip": label, "style": wide, "layout": roomy}
        if isinstance(parameter, Choice):
            options = [(label, value) for value, label in parameter.options]
            return ipywidgets.Dropdown(options=options, value=parameter.value, **words)
        if isinstance(parameter, Slider):
            ends = {"min": parameter.low, "max": parameter.high, "step": parameter.step, "value": parameter.value}
            return ipywidgets.FloatSlider(**ends, readout_format=f".{parameter.digits}f", **words)
        return ipywidgets.IntSlider(min=parameter.first, max=parameter.last, value=parameter.value, **words)

    controls = {p.name: control(p) for p in parameters}
    shown = ipywidgets.HTML(tooltip="")  # without one of its own a widget gets title="null"

    def show(_: object = None) -> None:
        shown.value = picture(**{name: c.value for name, c in controls.items()})

    rows = []
    for parameter in parameters:
        slider = controls[parameter.name]
        slider.observe(show, "value")
        if not isinstance(parameter, Slider | Choice):
            ends = {"min": parameter.first, "max": parameter.last, "value": parameter.value}
            play = ipywidgets.Play(**ends, interval=interval, tooltip=f"Play {parameter.label.replace('*', '')}")
            ipywidgets.jslink((play, "value"), (slider, "value"))
            slider = ipywidgets.HBox([play, slider], tooltip="")
        rows.append(slider)
    show()
    return ipywidgets.VBox([*rows, shown], tooltip="")
