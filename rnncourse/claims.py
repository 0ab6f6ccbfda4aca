"""Claims: a sentence of a chapter, the number that shows it, and the test that it holds."""

from dataclasses import dataclass
from html import escape

MIME = "application/vnd.rnncourse.claim+json"


@dataclass(frozen=True)
class Claim:
    """One claim that held when its cell ran; as the last value of a cell it shows itself."""

    statement: str
    value: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            "text/plain": repr(self),
            "text/html": f'<p class="claim"><strong>Claim.</strong> {escape(self.statement)} '
            f'<span class="claim-value">{escape(self.value)}</span></p>',
            MIME: {"statement": self.statement, "value": self.value},
        }

    def __repr__(self) -> str:
        return f"Claim holds: {self.statement} [{self.value}]"


def claim(statement: str, *, value: str, holds: bool) -> Claim:
    """State a claim and assert it; the book's table of claims is collected from these cells.

    Parameters
    ----------
    statement : one sentence, as the page says it.
    value : the measured figure with its unit, rounded so that it is the same on every machine.
    holds : the test, with a margin where the number is random.

    Raises
    ------
    AssertionError : the claim does not hold; the message carries the statement and the value.
    TypeError : `holds` is not a truth value (an array, say, whose meaning would be unclear).
    """
    if getattr(holds, "shape", ()) != () or not hasattr(holds, "__bool__"):
        raise TypeError(f"claim: holds must be one truth value, got {type(holds).__name__}")
    if not holds:
        raise AssertionError(f"claim does not hold: {statement} [{value}]")
    return Claim(statement, value)
