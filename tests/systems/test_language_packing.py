"""Whatever was compressed comes back to the last byte; what cannot is refused in a line that says why."""

import struct
import zlib

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from rnncourse.systems.language import bytewise, packing  # noqa: E402
from rnncourse.systems.language.alphabet import Alphabet  # noqa: E402
from rnncourse.systems.language.command import main  # noqa: E402
from rnncourse.systems.language.model import CharacterModel  # noqa: E402
from rnncourse.systems.language.prediction import Learning, Reader, fingerprint  # noqa: E402
from rnncourse.systems.language.storage import save  # noqa: E402
from rnncourse.torch.training import fit  # noqa: E402

WORDS = ["the", "cat", "sat", "on", "mat", "and", "rat", "that", "saw", "hat", "her", "then"]
TEXT = " ".join(np.random.default_rng(0).choice(WORDS, size=18)) + ".\n"
LONG = " ".join(np.random.default_rng(1).choice(WORDS, size=500))
ALPHABET = Alphabet("".join(sorted(set(TEXT))))
OVERHEAD = packing.HEAD.size + packing.TAIL.size


def small_model(seed):
    torch.manual_seed(seed)
    return CharacterModel(len(ALPHABET), embedding=5, hidden=24)


@pytest.fixture(scope="module")
def model():
    """A model that knows the sentence a little."""
    codes = torch.from_numpy(ALPHABET.encode(LONG))[:, None]
    model = small_model(0)

    def loss(model, codes, targets, state=None):
        logits, state = model(codes, state)
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()), state

    batches = [(codes[:-1], codes[1:])] * 12
    fit(model, lambda epoch: iter(batches), loss=loss, epochs=1, window=30, progress=False, device="cpu",
        optimiser=lambda parameters: torch.optim.Adam(parameters, lr=0.02))  # fmt: skip
    return model.eval()


@pytest.fixture
def back(model):
    return lambda packed: packing.decompress(packed, lambda: (model, ALPHABET))


@settings(max_examples=12, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=60).map(str.encode), st.text("the cat\n").map(str.encode)))
def test_any_bytes_come_back_and_grow_by_no_more_than_the_head(data):
    for adaptive in (False, True):
        model = small_model(3)
        packed = packing.compress(data, model, ALPHABET, adaptive=adaptive)
        assert packing.decompress(packed, lambda: (model, ALPHABET)) == data  # noqa: B023
        assert len(packed) <= len(data) + OVERHEAD


FILES = {
    "nothing": b"",
    "one byte": b"\xff",
    "zeros": bytes(500),
    "random bytes": np.random.default_rng(0).bytes(900),
    "text": LONG.encode(),
    "text with other letters": ("Größe 北京 🙂 " + TEXT).encode() * 3,
    "no UTF-8": TEXT.encode("utf-16"),
    "lines of Windows": TEXT.replace(" ", "\r\n").encode() * 5,
}


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_files_of_every_kind_come_back(model, back, name, adaptive):
    data = FILES[name]
    assert back(packing.compress(data, model, ALPHABET, adaptive=adaptive)) == data


@pytest.mark.parametrize("streams", [1, 7])
@pytest.mark.parametrize("learning", [None, Learning(window=6)])
def test_a_text_in_any_number_of_streams_comes_back(model, streams, learning):
    text, tick = f"é{TEXT}🙂" * 3, lambda n: None
    body = packing._encode(text, Reader(model, 0, streams, learning), ALPHABET, streams, tick)
    head = packing.Head(packing.ADAPTIVE, streams, len(text.encode()), len(body), 0)
    assert packing._decode(body, Reader(model, 0, streams, learning), ALPHABET, head, tick) == text.encode()


def test_a_code_is_as_long_as_the_model_says(model):
    """The real file against the sum of -log2 p that the network gives, computed at once."""
    text = TEXT * 5
    body = packing._encode(text, Reader(model, ALPHABET.start, 1), ALPHABET, 1, lambda n: None)
    codes = torch.from_numpy(np.append(ALPHABET.start, ALPHABET.encode(text)))[:, None]
    with torch.no_grad():
        log_p = torch.log_softmax(model(codes[:-1])[0].double(), -1)
    bits = -log_p.gather(-1, codes[1:, :, None]).sum().item() / np.log(2)
    assert bits / 8 - 1 <= len(body) - 8 <= bits / 8 + 2


def test_what_learns_on_is_shorter_and_leaves_the_model_as_it_was(model):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    readers = (Reader(small_model(2), ALPHABET.start, 4, learning) for learning in (None, Learning(lr=0.05, window=8)))
    static, adaptive = (packing._encode(LONG, reader, ALPHABET, 4, lambda n: None) for reader in readers)
    assert len(adaptive) < 0.8 * len(static)
    packed = packing.compress(LONG.encode(), model, ALPHABET, adaptive=True)
    assert packing.unpack(packed)[0].method == packing.ADAPTIVE
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_the_shortest_way_is_taken(model):
    ways = {name: packing.unpack(packing.compress(data, model, ALPHABET))[0].method for name, data in FILES.items()}
    assert ways["nothing"] == ways["one byte"] == ways["random bytes"] == packing.STORED
    assert ways["zeros"] == packing.COUNTED
    assert ways["no UTF-8"] == packing.COUNTED


def test_counts_of_what_came_before_make_bytes_cheap():
    data = bytes(range(50)) * 40
    code = bytewise.encode(data)
    assert len(code) < len(data) / 4
    assert bytewise.decode(code, len(data)) == data


def test_a_megabyte_of_bytes_is_counted_in_order_zero_to_two():
    """The model of counts on few bytes, by hand: 1 for each byte, 1, 24 and 400 for what came."""
    model = bytewise.ByteModel()
    for byte in b"abab":
        model.learn(byte)
    owned = np.diff(model.ends())  # after "ab" came "a" once, after "b" too, and "a" twice in all
    assert owned[ord("a")] == 1 + 2 + 24 + 400
    assert owned[ord("b")] == 1 + 2
    assert owned.sum() == 256 + 4 + 24 + 400


def packed_by(model, **options):
    return packing.compress(LONG[:600].encode(), model, ALPHABET, **options)


def test_a_damaged_file_is_refused_wherever_the_damage_is(model, back):
    packed = packed_by(model)
    assert packing.unpack(packed)[0].method == packing.STATIC
    rng = np.random.default_rng(1)
    for place in [*range(packing.HEAD.size), *rng.integers(len(packed), size=40), len(packed) - 1]:
        flipped = bytearray(packed)
        flipped[place] ^= 1 << int(rng.integers(8))
        with pytest.raises(ValueError, match=r"not a file|version|cut off|damaged"):
            back(bytes(flipped))


def test_a_file_that_is_cut_off_or_goes_on_is_refused(model, back):
    packed = packed_by(model)
    for length in (0, 1, 3, 4, 20, packing.HEAD.size, packing.HEAD.size + 5, len(packed) - 1):
        with pytest.raises(ValueError, match=r"cut off|not a file"):
            back(packed[:length])
    with pytest.raises(ValueError, match="damaged"):
        back(packed + b"\0")


def signed(packed, place, value):
    """The file with some bytes of its head put in, and the CRC made right again."""
    changed = packed[:place] + value + packed[place + len(value) : -4]
    return changed + struct.pack("<I", zlib.crc32(changed))


def test_a_file_of_another_model_machine_or_version_is_refused_by_name(model, back):
    packed = packed_by(model)
    with pytest.raises(ValueError, match="another model: give --checkpoint"):
        packing.decompress(packed, lambda: (small_model(1), ALPHABET))
    with pytest.raises(ValueError, match="written by version 2"):
        back(signed(packed, 4, b"\2"))
    with pytest.raises(ValueError, match="the processor rounds otherwise"):
        back(signed(packed, packing.HEAD.size - 4, b"\0\0\0\0"))
    with pytest.raises(ValueError, match="is not what was compressed"):
        back(signed(packed, packing.HEAD.size - 16, b"\0\0\0\0"))
    for place, value in ((5, b"\7"), (packing.HEAD.size, b"\xff")):  # a method that is none, too many characters
        with pytest.raises(ValueError, match="though its CRC-32 is right"):
            back(signed(packed, place, value))


def test_a_fingerprint_knows_the_model_the_streams_and_whether_it_learns(model):
    kinds = [(model, 2, None), (model, 3, None), (model, 2, Learning()), (small_model(4), 2, None)]
    marks = [fingerprint(one, ALPHABET.start, streams, learning) for one, streams, learning in kinds]
    assert len(set(marks)) == len(kinds)
    assert fingerprint(model, ALPHABET.start, 2, Learning()) == marks[2]


@pytest.fixture(scope="module")
def checkpoint(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    save(model, ALPHABET, path)
    return str(path)


def test_the_commands_give_a_file_back(checkpoint, tmp_path, capsys):
    source, packed, again = (tmp_path / name for name in ("text", "deeper/packed", "again"))
    source.write_bytes(FILES["text with other letters"])
    threads = torch.get_num_threads()
    assert main(["compress", str(source), str(packed), "--adaptive", "--checkpoint", checkpoint]) == 0
    assert main(["decompress", str(packed), str(again), "--checkpoint", checkpoint]) == 0
    assert again.read_bytes() == source.read_bytes()
    assert packed.stat().st_size < source.stat().st_size
    assert torch.get_num_threads() == threads
    assert "bytes became" in capsys.readouterr().out


def test_a_mistake_is_one_line_and_leaves_what_was_there(checkpoint, tmp_path, capsys):
    out, bad = tmp_path / "out", tmp_path / "bad"
    bad.write_bytes(b"RNNc and nothing else")
    out.write_bytes(b"as before")
    for arguments in (
        ["decompress", str(bad), str(out), "--checkpoint", checkpoint],
        ["decompress", str(tmp_path / "none"), str(out), "--checkpoint", checkpoint],
        ["compress", str(tmp_path / "none"), str(out), "--checkpoint", checkpoint],
        ["compress", str(bad), str(tmp_path), "--checkpoint", checkpoint],
        ["compress", str(bad), str(out), "--checkpoint", str(bad)],
    ):
        assert main(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1, arguments
    assert out.read_bytes() == b"as before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "out"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(self, target):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="no space"):
        packing.write_whole(tmp_path / "out", b"data")
    assert not list(tmp_path.iterdir())
