"""A stored model that plays on the page: what the reader sets, what it makes, and an example that stands still.

One description, three renderings, as an interactive figure has them:

* on a page with its own Python: a form; the model is loaded by the reader's click and plays there (tools/live/page);
* with a kernel and ipywidgets 8: the same form, and the kernel's Python plays;
* everywhere else, without JavaScript and in print: the example, and the line that plays it at a command line.

What a model makes comes in pieces, dictionaries of HTML and words, so that it is seen while it is made:

    add      HTML that is added to the picture
    picture  HTML that takes the picture's place
    details  HTML that is shown below the picture
    words    a sentence, read out by screen readers
    label    what a screen reader is told of the picture

The function that makes them, `play(model, **settings)`, is a generator of the system's own, and knows nothing of the
page. Where the reader stops it, KeyboardInterrupt is thrown into it; what it yields then is shown as well.
"""

import asyncio
import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from .figure import _has_live_front_end, _italic
from .settings import Setting, control, widget

Piece = Mapping[str, str]
LOOK = 0.1  # seconds between two looks, with a kernel
KINDS = ("add", "picture", "details", "words", "label")


@dataclass(frozen=True)
class Shown:
    """What is seen after some pieces."""

    picture: str = ""
    details: str = ""
    words: str = ""
    label: str = ""

    def after(self, pieces: Iterable[Piece]) -> "Shown":
        """What is seen when these have come as well; ValueError for a piece of an unknown kind."""
        now = dict(vars(self))
        for piece in pieces:
            if unknown := [kind for kind in piece if kind not in KINDS]:
                raise ValueError(f"piece: no kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")
            now |= {kind: text for kind, text in piece.items() if kind != "add"}
            now["picture"] += piece.get("add", "")
        return Shown(**now)

    def html(self) -> str:
        """Picture, sentence and details."""
        return (
            f'<div class="rnn-picture" role="img" aria-label="{escape(self.label)}">{self.picture}</div>'
            f'<p class="rnn-readout" role="status">{escape(self.words)}</p>'
            f'<div class="rnn-details">{self.details}</div>'
        )


@dataclass(frozen=True)
class Player:
    """A model and its form; as the last value of a cell it shows itself.

    name : unique on its page.  model : "system/model", a stored model of a system that has a live.py.
    play : "module:function"; called in the page's Python with the model and, by their names, the settings.
    settings : what the reader sets.  act : the button's word.
    example : the pieces that `perform` gave once for the settings' first values.
    perform : settings → pieces, for a running kernel.  command : the line that does it at a command line.
    caption : what is shown, `*word*` becomes italic.  legend : pairs (HTML of a sample, words).
    """

    name: str
    model: str
    play: str
    settings: Sequence[Setting]
    act: str
    example: Sequence[Piece]
    perform: Callable[[Mapping[str, Any]], Iterator[Piece]]
    command: str
    caption: str
    legend: Sequence[tuple[str, str]] = ()

    def html(self) -> str:
        """The player for a page; the same text on every machine."""
        spec = {"name": self.name, "model": self.model, "play": self.play}
        legend = "".join(f"<li>{sample} {escape(words)}</li>" for sample, words in self.legend)
        lines = [
            f'<figure class="rnn-player" data-player="{self.name}">',
            f'<form class="rnn-form" aria-label="{escape(self.act)}" hidden>',
            *(control(setting) for setting in self.settings),
            f'<div class="rnn-go"><button type="submit">{escape(self.act)}</button>'
            '<button type="button" data-act="stop" disabled>Stop</button><span class="rnn-size"></span></div>',
            "</form>",
            Shown().after(self.example).html(),
            f'<ul class="rnn-legend">{legend}</ul>' if legend else "",
            f"<figcaption>{_italic(self.caption)}</figcaption>",
            '<p class="rnn-still">This example stands still. Served with its Python, the page has a form here; '
            f"at a command line: <code>{escape(self.command)}</code></p>",
            f'<script type="application/json" class="rnn-spec">{_json(spec)}</script>',
            "</figure>",
        ]
        return "\n".join(line for line in lines if line)

    def widget(self) -> Any:
        """The form for a running kernel (needs ipywidgets)."""
        import ipywidgets

        controls = {setting.name: widget(setting) for setting in self.settings}
        shown = ipywidgets.HTML(Shown().after(self.example).html(), tooltip="")  # else a widget gets title="null"
        go = ipywidgets.Button(description=self.act, tooltip=self.act)
        stop = ipywidgets.Button(description="Stop", tooltip="Stop", disabled=True)
        tasks = set[asyncio.Task[None]]()  # kept, for the event loop holds them weakly

        async def play() -> None:
            go.disabled, stop.disabled, now = True, False, Shown()
            try:
                pieces = self.perform({name: one.value for name, one in controls.items()})
                told = time.monotonic()
                for piece in pieces:
                    now = now.after([piece])
                    if time.monotonic() - told < LOOK:
                        continue
                    shown.value = now.html()
                    await asyncio.sleep(0.01)  # lets the kernel hear of Stop
                    told = time.monotonic()
                    if go.disabled and stop.disabled:
                        now = now.after(stopped(pieces))
                        break
            except (OSError, ValueError, ImportError) as problem:
                now = now.after([{"words": str(problem)}])
            shown.value = now.html()
            go.disabled, stop.disabled = False, True

        def begin(_: object) -> None:
            tasks.add(task := asyncio.ensure_future(play()))
            task.add_done_callback(tasks.discard)

        go.on_click(begin)
        stop.on_click(lambda _: setattr(stop, "disabled", True))
        caption = ipywidgets.HTML(f"<p><small>{_italic(self.caption)}</small></p>", tooltip="")
        rows = [*controls.values(), ipywidgets.HBox([go, stop], tooltip=""), shown, caption]
        return ipywidgets.VBox(rows, tooltip="")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        """The page's form, and the widget beside it where a kernel answers: a front end without it shows the former."""
        page = {"text/html": self.html(), "text/plain": repr(self)}
        if not _has_live_front_end():
            return page
        bundle = self.widget()._repr_mimebundle_()
        return {**(bundle[0] if isinstance(bundle, tuple) else bundle), **page}

    def __repr__(self) -> str:
        return f"{self.caption.replace('*', '')}\n{Shown().after(self.example).label}\n{self.command}"


def stopped(pieces: Iterator[Piece]) -> list[Piece]:
    """The last pieces of a generator that the reader stops: it may still say what it has made."""
    try:
        return [pieces.throw(KeyboardInterrupt()), *pieces] if isinstance(pieces, Generator) else []
    except (StopIteration, KeyboardInterrupt):
        return []


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
