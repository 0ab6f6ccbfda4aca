"""A Sphinx extension that gives chapters their numbers, makes a link of every "chapter 5", and of a term's first use.

Authors write "chapter 5" or "chapters 5, 6 and 8" and nothing else, in chapters, quizzes, hints, captions and
docstrings; chapter_links.py finds the places. The number before a title comes from the name of its file, so the
sidebar, the previous and next buttons and the search have it too. A chapter that is not in the table of contents stays
plain text. In a chapter the first use of each term of the glossary becomes a link to it.
"""

import html
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chapter_links import addresses, changed, linked, number_of
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

# What a reader may look for, and the chapter that answers; the search and the index list it under these words.
SOUGHT = {
    1: ("padding", "mask", "sliding window", "time first"),
    2: ("recurrent neuron", "fixed point", "hysteresis", "bifurcation"),
    3: ("unfolding", "computational graph", "parameter sharing"),
    4: ("RNN", "recurrent layer", "hidden state", "teacher forcing", "readout"),
    5: ("BPTT", "backpropagation through time", "gradient check"),
    6: ("vanishing gradient", "exploding gradient", "Jacobian", "spectral radius"),
    7: ("echo state network", "clipping", "reservoir", "orthogonal initialisation", "Hessian-free optimisation"),
    8: ("truncation", "truncated BPTT", "truncated backpropagation"),
    9: ("LSTM", "long short-term memory", "forget gate", "peephole", "cell state"),
    10: ("GRU", "gated recurrent unit", "reset gate", "update gate"),
    11: ("bidirectional", "bidirectional RNN"),
    12: ("language model", "perplexity", "n-gram", "temperature", "arithmetic coding", "compression"),
    13: ("sequence to sequence", "seq2seq", "encoder", "decoder", "attention", "beam search", "edit distance"),
    14: ("captioning", "BLEU", "exposure bias"),
    15: ("glimpse", "REINFORCE", "hard attention", "spatial transformer"),
}
# Words of the glossary that everyday sentences use too: these are not linked by themselves.
EVERYDAY = {"sequence", "claim", "fold", "batch", "gate", "mask", "surprise", "temperature"}
ARTICLE = re.compile(r'(<article class="bd-article".*?</article>)', re.DOTALL)


class NumberedTitle(SphinxTransform):
    """Put the chapter's number before its title."""

    default_priority = 100

    def apply(self) -> None:
        number = number_of(self.env.docname)
        title = next(iter(self.document.findall(nodes.title)), None)
        if number is not None and title is not None and title.parent is not None:
            title.insert(0, nodes.Text(f"{number} · "))
            entries = [("single", words, "", "main", None) for words in SOUGHT.get(number, ())]  # "": the page's top
            title.parent.insert(1, addnodes.index(entries=entries))


def first_uses(terms: dict[str, str]) -> Callable[[str], str]:
    """A function that links, over all the texts that it is given, the first use of each term; `terms` has addresses."""
    left = {term.lower(): address for term, address in terms.items()}
    words = "|".join(re.escape(html.escape(term)) for term in sorted(left, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.])({words})(s?)(?![\w(])", re.IGNORECASE) if left else None

    def link(match: re.Match[str]) -> str:
        address = left.pop(html.unescape(match[1]).lower(), None)
        return f'<a class="term" href="{address}">{match[0]}</a>' if address else match[0]

    return lambda text: pattern.sub(link, text) if pattern else text


def with_links(page: str, change: Callable[[str], str]) -> str:
    """The page with the text of its article changed, where links may stand, and nowhere else."""
    return ARTICLE.sub(lambda article: changed(article[0], change), page)


def finish(app: Sphinx, failure: Exception | None) -> None:
    """After the pages are written: link what they name. A chapter's page has no links to itself."""
    if failure is not None or app.builder.format != "html":
        return
    glossary = {
        term: f"{page}.html#{place}"
        for (kind, term), (page, place) in app.env.domaindata["std"]["objects"].items()
        if kind == "term" and term not in EVERYDAY
    }
    for page in sorted(app.env.found_docs):
        path = Path(app.outdir) / f"{page}.html"
        up = "../" * page.count("/")
        links = addresses(app.env.found_docs, page)
        text = with_links(path.read_text(encoding="utf-8"), partial(linked, links=links))
        if number_of(page) is not None:
            text = with_links(text, first_uses({term: up + address for term, address in glossary.items()}))
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(NumberedTitle)
    app.connect("build-finished", finish, priority=920)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
