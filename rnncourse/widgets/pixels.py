"""Arrays as pictures inside a page: PNG text that is the same on every machine."""

import base64
import struct
import zlib

import numpy as np


def png(indices: np.ndarray, palette: np.ndarray) -> str:
    """A data address of a picture: indices (rows, columns) uint8 into a palette (≤ 256, 4) of RGBA uint8.

    The pixels are stored, not compressed: compressors differ from machine to machine, outputs must not.
    """
    rows, columns = indices.shape
    raw = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(indices, dtype=np.uint8))
    blocks = [raw[k : k + 65535] for k in range(0, len(raw), 65535)]
    stored = b"\x78\x01" + b"".join(
        struct.pack("<BHH", k == len(blocks) - 1, len(block), 65535 - len(block)) + block
        for k, block in enumerate(blocks)
    )
    stored += struct.pack(">I", zlib.adler32(raw))
    palette = np.asarray(palette, dtype=np.uint8)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", stored),
        (b"IEND", b""),
    )
    parts = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def png_from_rgba(image: np.ndarray) -> str:
    """A picture (rows, columns, 4) uint8 with its 256 most frequent colours; others take the nearest of these."""
    flat = (
        np.asarray(image, dtype=np.uint8).reshape(-1, 4) & 0xF8
    )  # five bits a channel: flat drawings lose nothing seen
    flat[flat[:, 3] == 0] = 0
    colours, back, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:256]
    distance = ((colours[:, None].astype(int) - colours[None, order].astype(int)) ** 2).sum(-1)
    palette = colours[order] | (colours[order] >> 5)  # fill the lowest bits again: 248 becomes 255
    return png(distance.argmin(1)[back.ravel()].reshape(image.shape[:2]).astype(np.uint8), palette)


def tint(values: np.ndarray, colour: str, *, strongest: float = 0.8) -> str:
    """Values (rows, columns) from 0 to 1 as one colour, from transparent to `strongest`."""
    levels = np.floor(np.clip(values, 0, 1) * 31 + 0.5).astype(np.uint8)
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    alpha = np.floor(np.linspace(0, 255 * strongest, 32)).astype(np.uint8)
    return png(levels, np.column_stack([np.full(32, v, np.uint8) for v in (red, green, blue)] + [alpha]))
