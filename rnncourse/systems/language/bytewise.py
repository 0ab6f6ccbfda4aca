"""Bytes of any kind, predicted by counting: for what is no text, and for characters that a model's alphabet lacks."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from rnncourse.reference.arithmetic import Decoder, Encoder

ORDERS = (1, 24, 400)  # what a count is worth after no byte, after the last one, after the last two


class ByteModel:
    """Cumulative frequencies of the next byte: counts of what came, of what came after the last byte, after two.

    They are added with fixed weights, the longer context counts more; each byte has one besides, so all can come.
    """

    def __init__(self) -> None:
        self._counts: dict[bytes, NDArray[np.int64]] = {}
        self._past = b""

    def ends(self) -> NDArray[np.int64]:
        """(257,): byte k owns what lies from entry k to entry k + 1."""
        owned = np.ones(256, dtype=np.int64)
        for weight, context in zip(ORDERS, self._contexts(), strict=False):
            if (counts := self._counts.get(context)) is not None:
                owned += weight * counts
        return np.concatenate([[0], np.cumsum(owned)])

    def learn(self, byte: int) -> None:
        """Count the byte that came."""
        for context in self._contexts():
            self._counts.setdefault(context, np.zeros(256, dtype=np.int64))[byte] += 1
        self._past = (self._past + bytes([byte]))[1 - len(ORDERS) :]

    def forget_place(self) -> None:
        """What comes next has nothing to do with the last bytes."""
        self._past = b""

    def _contexts(self) -> Iterator[bytes]:
        """The last bytes, none of them first."""
        return (self._past[len(self._past) - n :] for n in range(len(self._past) + 1))

    def encode(self, byte: int, encoder: Encoder) -> None:
        """Code one byte, and count it."""
        encoder.encode(byte, self.ends())  # type: ignore[arg-type]
        self.learn(byte)

    def decode(self, decoder: Decoder) -> int:
        """The next byte of a code."""
        byte = decoder.decode(self.ends().tolist())
        self.learn(byte)
        return byte


def encode(data: bytes, tick: Callable[[int], object] = lambda n: None) -> bytes:
    """The bytes' code; `tick` is told how many are done."""
    model, encoder = ByteModel(), Encoder()
    for byte in data:
        model.encode(byte, encoder)
        tick(1)
    return encoder.finish()


def decode(code: bytes, length: int, tick: Callable[[int], object] = lambda n: None) -> bytes:
    """As many bytes of a code."""
    model, decoder, data = ByteModel(), Decoder(code), bytearray()
    for _ in range(length):
        data.append(model.decode(decoder))
        tick(1)
    return bytes(data)


def encode_character(character: str, model: ByteModel, encoder: Encoder) -> None:
    """Code a character as its bytes in UTF-8, the first of which says how many there are."""
    model.forget_place()
    for byte in character.encode():
        model.encode(byte, encoder)


def decode_character(model: ByteModel, decoder: Decoder) -> bytes:
    """The bytes of a character; of damaged data whatever they are."""
    model.forget_place()
    data = bytearray([model.decode(decoder)])
    more = 3 if data[0] >= 0xF0 else 2 if data[0] >= 0xE0 else 1 if data[0] >= 0xC0 else 0
    data.extend(model.decode(decoder) for _ in range(more))
    return bytes(data)
