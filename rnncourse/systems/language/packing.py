"""Files made smaller by what a model expects, and back, to the last byte.

A compressed file is a head, a body and the CRC-32 of both. The head says how the body was made: stored as it was,
byte by byte from counts, or as text by a model, whose weights stay or learn on. The shortest of them is taken.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from rnncourse.reference.arithmetic import Decoder, Encoder
from rnncourse.systems.language import bytewise
from rnncourse.systems.language.alphabet import Alphabet
from rnncourse.systems.language.model import CharacterModel
from rnncourse.systems.language.prediction import Learning, Reader, fingerprint
from rnncourse.systems.language.storage import checksum, load, stored
from rnncourse.systems.options import new_file
from rnncourse.systems.program import checkpoint

MAGIC, VERSION = b"RNNc", 1
STORED, COUNTED, STATIC, ADAPTIVE = range(4)
HEAD = struct.Struct("<4sBBBQQI8s4s")  # magic, version, method, streams, length, body's length, CRC, model, machine
TAIL = struct.Struct("<I")
STREAM, MOST_STREAMS = 8192, 64  # characters of a stream, at least; streams side by side, at most
LEARNING = Learning()


class Head(NamedTuple):
    """What a compressed file says of itself."""

    method: int
    streams: int
    length: int  # of what was compressed, in bytes
    body: int  # bytes
    crc: int  # of what was compressed
    model: bytes = bytes(8)
    machine: bytes = bytes(4)


def compress(
    data: bytes, model: CharacterModel, alphabet: Alphabet, *, adaptive: bool = False, progress: bool = False
) -> bytes:
    """Any bytes as fewer bytes, where that can be.

    adaptive : the model learns on while it reads. Slower, and shorter where the text is long enough.
    The same machine gets them back for certain, another one if its processor rounds alike: `decompress` finds out.
    """
    ways = [_packed(data, STORED, data)]
    with _bar(len(data), "counting", progress) as tick:
        ways.append(_packed(data, COUNTED, bytewise.encode(data, tick)))
    text = _text(data)
    if text:
        method, learning = (ADAPTIVE, LEARNING) if adaptive else (STATIC, None)
        streams = min(max(1, len(text) // STREAM), MOST_STREAMS)
        with _one_thread(), _bar(len(text), "compressing", progress) as tick:
            machine = fingerprint(model, alphabet.start, streams, learning)
            body = _encode(text, Reader(model, alphabet.start, streams, learning), alphabet, streams, tick)
        ways.append(_packed(data, method, body, streams, checksum(model, alphabet)[:8], machine))
    return min(ways, key=len)


def decompress(packed: bytes, load: Callable[[], tuple[CharacterModel, Alphabet]], *, progress: bool = False) -> bytes:
    """What was compressed.

    load : gives the model and its alphabet; it is called where the file was made by one.
    Raises ValueError: it is no compressed file, is damaged, cut off or of another version; it was made by another model
    or on a machine that computes otherwise.
    """
    head, body = unpack(packed)
    if head.method == STORED:
        data = body
    elif head.method == COUNTED:
        with _bar(head.length, "decompressing", progress) as tick:
            data = bytewise.decode(body, head.length, tick)
    else:
        model, alphabet = load()
        if checksum(model, alphabet)[:8] != head.model:
            raise ValueError("compressed by another model: give --checkpoint the one that it was compressed with")
        learning = LEARNING if head.method == ADAPTIVE else None
        with _one_thread(), _bar(head.length, "decompressing", progress) as tick:
            if fingerprint(model, alphabet.start, head.streams, learning) != head.machine:
                raise ValueError("compressed where the processor rounds otherwise: decompress it there")
            data = _decode(body, Reader(model, alphabet.start, head.streams, learning), alphabet, head, tick)
    if len(data) != head.length or zlib.crc32(data) != head.crc:
        raise ValueError("what comes out is not what was compressed: its CRC-32 is another")
    return data


def unpack(packed: bytes) -> tuple[Head, bytes]:
    """Head and body of a compressed file, both whole; ValueError says what is wrong with them."""
    if packed[:4] != MAGIC[: len(packed)] or not packed:
        raise ValueError("not a file that `compress` has written")
    if len(packed) < HEAD.size + TAIL.size:
        raise ValueError(f"cut off: {len(packed)} bytes, its head alone has {HEAD.size}")
    _, version, *rest = HEAD.unpack_from(packed)
    if version != VERSION:
        raise ValueError(f"written by version {version} of `compress`, this is version {VERSION}")
    head = Head(*rest)
    expected = HEAD.size + head.body + TAIL.size
    if len(packed) < expected:
        raise ValueError(f"cut off, or damaged: {len(packed):,} bytes, its head says {expected:,}")
    if zlib.crc32(packed[: -TAIL.size]) != TAIL.unpack(packed[-TAIL.size :])[0]:
        raise ValueError("damaged: its CRC-32 is not that of what stands in it")
    if len(packed) != expected or head.method > ADAPTIVE or (head.method >= STATIC and head.streams < 1):
        raise ValueError("not a file that `compress` has written, though its CRC-32 is right")
    return head, packed[HEAD.size : -TAIL.size]


def _packed(data: bytes, method: int, body: bytes, streams: int = 0, model: bytes = b"", machine: bytes = b"") -> bytes:
    head = HEAD.pack(MAGIC, VERSION, method, streams, len(data), len(body), zlib.crc32(data), model, machine)
    return head + body + TAIL.pack(zlib.crc32(head + body))


def _text(data: bytes) -> str:
    """The bytes as text; "" where they are none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def _lengths(characters: int, streams: int) -> list[int]:
    """How many characters each stream has: as many, or one more in the first ones."""
    return [characters // streams + (k < characters % streams) for k in range(streams)]


def _encode(text: str, reader: Reader, alphabet: Alphabet, streams: int, tick: Callable[[int], object]) -> bytes:
    encoder, escaped, lengths = Encoder(), bytewise.ByteModel(), _lengths(len(text), streams)
    codes = np.full((lengths[0], streams), alphabet.start)
    places = np.concatenate([[0], np.cumsum(lengths)])
    for k, length in enumerate(lengths):
        codes[:length, k] = alphabet.encode(text[places[k] : places[k + 1]])
    for t, row in enumerate(codes):
        ends = reader.ends()
        for k in range(streams):
            if t < lengths[k]:
                encoder.encode(int(row[k]), ends[k])
                if row[k] == alphabet.unknown:
                    bytewise.encode_character(text[places[k] + t], escaped, encoder)
        reader.read(row)
        tick(streams)
    return struct.pack("<Q", len(text)) + encoder.finish()


def _decode(body: bytes, reader: Reader, alphabet: Alphabet, head: Head, tick: Callable[[int], object]) -> bytes:
    characters = int.from_bytes(body[:8], "little")
    if len(body) < 8 or characters > head.length:
        raise ValueError("not a file that `compress` has written, though its CRC-32 is right")
    decoder, escaped, lengths = Decoder(body[8:]), bytewise.ByteModel(), _lengths(characters, head.streams)
    known = [character.encode() for character in alphabet.characters]
    out: list[list[bytes]] = [[] for _ in lengths]
    for t in range(lengths[0]):
        ends, row = reader.ends().tolist(), np.full(head.streams, alphabet.start)
        for k, length in enumerate(lengths):
            if t < length:
                row[k] = decoder.decode(ends[k])
                unknown = row[k] == alphabet.unknown
                out[k].append(bytewise.decode_character(escaped, decoder) if unknown else known[row[k]])
        reader.read(row)
        tick(head.streams)
    return b"".join(b"".join(stream) for stream in out)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums of several threads may come in another order, and then are not the same to the last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _bar(total: int, what: str, progress: bool) -> Iterator[Callable[[int], object]]:
    from tqdm import tqdm

    with tqdm(total=total, desc=what, unit="B", unit_scale=True, leave=False, disable=not progress) as bar:
        yield bar.update


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, or leave what was there: never half of it."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def add_commands(commands: Any) -> None:
    """The parsers of `compress` and `decompress`, each with its `run`."""

    def loaded(options: Any) -> tuple[CharacterModel, Alphabet]:
        return load(checkpoint(options.checkpoint, stored))

    def run_compress(options: Any, given: Any) -> int:
        data = options.file.read_bytes()
        packed = compress(data, *loaded(options), adaptive=options.adaptive, progress=True)
        write_whole(options.out, packed)
        print(f"{options.out}: {len(data):,} bytes became {len(packed):,}")
        return 0

    def run_decompress(options: Any, given: Any) -> int:
        try:
            data = decompress(options.file.read_bytes(), partial(loaded, options), progress=True)
        except ValueError as error:
            raise ValueError(f"{options.file}: {error}") from error
        write_whole(options.out, data)
        print(f"{options.out}: {len(data):,} bytes")
        return 0

    smaller = commands.add_parser("compress", help="make a file smaller: best an English one")
    smaller.add_argument("--adaptive", action="store_true", help="the model learns on while it reads: slower, shorter")
    back = commands.add_parser("decompress", help="the file again, to the last byte")
    for command, run in ((smaller, run_compress), (back, run_decompress)):
        command.set_defaults(run=run, threads=None)  # one thread: see `_one_thread`
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("out", type=new_file, metavar="OUT")
        command.add_argument("--checkpoint", default="plays", help='a file, or "plays" of the package')
