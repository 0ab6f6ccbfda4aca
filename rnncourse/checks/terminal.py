"""Text for terminals that know few signs: under cp1252, cp437 or ASCII the others get a stand-in."""

import sys
import unicodedata

STAND_INS = dict(zip("✓✗○·⊙×−–—∂∈’‘“”′‖∇", "+xo**x---d:''\"\"'|D", strict=True))
STAND_INS |= {"…": "...", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "±": "+-"}
STAND_INS |= {"²": "^2", "³": "^3", "ᵀ": "^T", "√": "sqrt ", "∑": "sum ", "Σ": "sum ", "∞": "inf", "½": "1/2"}


def any_terminal() -> None:
    """For command lines: from now on print replaces what the terminal cannot show instead of raising."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def printable(text: str) -> str:
    """The text as sys.stdout can write it: what its encoding lacks, and nothing else, is replaced."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except LookupError:  # a stream of somebody's own
        return text
    except UnicodeEncodeError:
        return "".join(sign if sign.encode(encoding, "ignore") else _stand_in(sign, encoding) for sign in text)
    return text


def _stand_in(sign: str, encoding: str) -> str:
    """A sign of ours, a Greek letter's name, a letter without its accent, else a question mark."""
    name = unicodedata.name(sign, "")
    plain = STAND_INS.get(sign) or (name.split()[-1].lower() if name.startswith("GREEK SMALL LETTER") else "")
    plain = plain or unicodedata.normalize("NFKD", sign).encode(encoding, "ignore").decode(encoding)
    return plain or "?"
