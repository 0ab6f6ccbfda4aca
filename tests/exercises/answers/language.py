"""Answers to the exercises of chapter 12."""

import hashlib
import itertools
import math
import pickle
import struct
import zlib
from fractions import Fraction

import numpy as np

from rnncourse.exercises.language import arithmetic_decode, arithmetic_encode
from rnncourse.reference import log_softmax, softmax
from rnncourse.reference.arithmetic import arithmetic_decode as decode
from rnncourse.reference.arithmetic import arithmetic_encode as encode
from rnncourse.reference.arithmetic import cumulative_frequencies
from tests.exercises.harness import Answers, Wrong, slip

# --- bits_per_character ---


def bits_with_logaddexp(logits, targets):
    picked = np.take_along_axis(logits, targets[:, :, None], axis=2)[:, :, 0]
    return float((np.logaddexp.reduce(logits, axis=2) - picked).mean() / math.log(2))


def bits_in_loops(logits, targets):
    T, B = targets.shape
    costs = []
    for t in range(T):
        for b in range(B):
            row = [float(value) for value in logits[t, b]]
            largest = max(row)
            total = math.fsum(math.exp(value - largest) for value in row)
            costs.append((largest + math.log(total) - row[targets[t, b]]) / math.log(2))
    return math.fsum(costs) / len(costs)


def bits_by_one_hot(logits, targets):
    one_hot = np.eye(logits.shape[-1])[targets]
    return -(one_hot * log_softmax(logits.astype(float))).sum() / targets.size / np.log(2)


def bits_by_torch(logits, targets):
    import torch

    rows = torch.from_numpy(np.ascontiguousarray(logits)).double().flatten(0, 1)
    wanted = torch.from_numpy(targets.astype("int64")).flatten()
    return torch.nn.functional.cross_entropy(rows, wanted).item() / math.log(2)


def bits_in_base_two(logits, targets):
    scaled = logits / np.log(2)
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    T, B = np.indices(targets.shape)
    return np.mean(np.log2(np.exp2(scaled).sum(axis=-1)) - scaled[T, B, targets])


def bits_of_softmax(logits, targets):
    p = np.take_along_axis(softmax(logits.astype(float)), targets[..., None], axis=-1)
    return -np.log2(p).mean()


def bits_that_changes_the_logits(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    return bits_with_logaddexp(logits, targets)


BITS = Answers(
    correct=(bits_with_logaddexp, bits_in_loops, bits_by_one_hot, bits_by_torch, bits_in_base_two),
    wrong=(
        slip(bits_with_logaddexp, " / math.log(2)", "", "nats"),
        slip(bits_with_logaddexp, "/ math.log(2)", "* math.log(2)", "not by multiplying"),
        slip(bits_with_logaddexp, ".mean()", ".sum()", "the mean is asked for"),
        slip(bits_with_logaddexp, ").mean()", ").sum() / len(logits)", "divided by T alone"),
        slip(bits_with_logaddexp, ").mean()", ").sum() / logits.shape[1]", "divided by B alone"),
        slip(bits_with_logaddexp, "np.logaddexp.reduce(logits, axis=2) - picked", "-picked"),
        slip(bits_in_loops, "largest + math.log(total) - row", "largest - math.log(total) - row"),
        slip(bits_in_loops, "largest = max(row)", "largest = 0.0", "OverflowError"),
        slip(bits_in_loops, "range(B)", "range(1)"),
        slip(bits_in_loops, "range(T)", "range(min(T, 200))"),
        slip(bits_in_loops, "/ len(costs)", "/ (len(costs) + 1)"),
        slip(bits_by_one_hot, "-(one_hot", "(one_hot", "the minus is missing"),
        slip(bits_by_one_hot, "log_softmax(logits.astype(float))", "np.log(softmax(logits) + 1e-30)"),
        slip(bits_by_one_hot, "log_softmax(logits.astype(float))", "np.log(softmax(logits))", "NaN"),
        slip(bits_by_one_hot, "log_softmax(logits", "log_softmax(logits.clip(-100, 100)"),
        slip(bits_in_base_two, "logits / np.log(2)", "logits"),
        slip(bits_by_torch, ".item() / math.log(2)", ".exp().item()", "perplexity"),
        Wrong(bits_of_softmax, "log 0 is -inf"),
        Wrong(bits_that_changes_the_logits, "changes its argument logits"),
    ),
)

# --- perplexity ---


def perplexity_with_numpy(logits, targets):
    nats = -np.take_along_axis(log_softmax(logits), targets[..., None], axis=-1).mean(dtype=float)
    with np.errstate(over="ignore"):
        return float(np.exp(nats))


def perplexity_from_bits(logits, targets):
    bits = bits_in_loops(logits, targets)
    return 2.0**bits if bits < 709 / math.log(2) else float("inf")


def perplexity_that_tries(logits, targets):
    try:
        return math.exp(bits_by_one_hot(logits, targets) * math.log(2))
    except OverflowError:
        return math.inf


def perplexity_by_torch(logits, targets):
    import torch

    rows = torch.from_numpy(np.ascontiguousarray(logits)).double().flatten(0, 1)
    return torch.nn.functional.cross_entropy(rows, torch.from_numpy(targets.astype("int64")).flatten()).exp().item()


def perplexity_of_softmax(logits, targets):
    with np.errstate(all="ignore"):
        return 2 ** bits_of_softmax(logits, targets)


def perplexity_as_geometric_mean(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)
    return float(1 / np.prod(p) ** (1 / p.size))


PERPLEXITY = Answers(
    correct=(perplexity_with_numpy, perplexity_from_bits, perplexity_that_tries, perplexity_by_torch),
    equivalent=dict.fromkeys(
        ["5:29: nats < 709 → nats <= 709", "5:36: 709 → 710", "5:36: 709 → 708"],
        "exp(709.78) is the largest number, and means from 705 to 715 are not tried",
    ),
    wrong=(
        slip(perplexity_with_numpy, "np.exp(nats)", "nats", "the mean in nats"),
        slip(perplexity_with_numpy, "np.exp(nats)", "2**nats", "2 to the nats"),
        slip(perplexity_with_numpy, "np.exp(nats)", "np.exp(-nats)", "1 over it"),
        slip(perplexity_with_numpy, "np.exp(nats)", "nats / np.log(2)", "bits per character"),
        slip(perplexity_with_numpy, "np.exp(nats)", "np.exp(nats / np.log(2))", "e to the bits"),
        slip(perplexity_with_numpy, "np.exp(nats)", "min(np.exp(nats), 1.7e308)"),
        slip(perplexity_with_numpy, ".mean(dtype=float)", ".sum(dtype=float)", "exp of the sum"),
        slip(perplexity_with_numpy, "log_softmax(logits)", "np.log(softmax(logits))"),
        slip(perplexity_with_numpy, "log_softmax(logits)", "np.log(softmax(logits) + 1e-12)"),
        slip(perplexity_with_numpy, "np.exp(nats)", "np.exp(nats) + 1"),
        slip(perplexity_that_tries, "math.inf", "math.nan", "NaN"),
        slip(perplexity_that_tries, "math.inf", "math.exp(709)", "not the largest number"),
        slip(perplexity_that_tries, "except OverflowError", "except ZeroDivisionError", "stops there with an error"),
        slip(perplexity_from_bits, "709 / math.log(2)", "709"),
        slip(perplexity_from_bits, "2.0**bits", "math.e**bits", "e to the bits"),
        Wrong(perplexity_of_softmax, "log 0 is -inf"),
        Wrong(perplexity_as_geometric_mean),
    ),
)

# --- sample ---


def sample_by_choice(logits, temperature, rng):
    if temperature == 0:
        return logits.argmax()
    p = softmax((logits.astype(float) - logits.max()) / temperature)
    return rng.choice(len(p), p=p)


def sample_by_gumbel(logits, temperature, rng):
    """Gumbel 1954: the largest of logits with such noise added comes with the probability of softmax."""
    if not temperature:
        return int(np.argmax(logits))
    return int(np.argmax(logits + temperature * rng.gumbel(size=len(logits))))


def sample_in_a_loop(logits, temperature, rng):
    largest = max(logits)
    if temperature == 0:
        return list(logits).index(largest)
    weights = [math.exp((value - largest) / temperature) for value in logits.tolist()]
    left = rng.random() * sum(weights)
    for k, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return k
    return len(weights) - 1


def sample_by_racing(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    return int(np.argmin(np.log(rng.exponential(size=logits.shape)) - logits / temperature))


def sample_by_multinomial(logits, temperature, rng):
    if temperature < 1e-9:
        return int(np.argmax(logits))
    return int(rng.multinomial(1, softmax((logits.astype(float) - logits.max()) / temperature)).argmax())


def sample_by_powers(logits, temperature, rng):
    """Chances first, temperature after: where a chance is 0 in the computer, its power is 0 too."""
    if temperature == 0:
        return int(np.argmax(logits))
    powers = softmax(logits.astype(float) - logits.max()) ** (1 / temperature)
    return int(rng.choice(len(logits), p=powers / powers.sum()))


own_generator = np.random.default_rng(5)


def sample_from_its_own_generator(logits, temperature, rng):
    return sample_in_a_loop(logits, temperature, own_generator)


def sample_from_the_global_one(logits, temperature, rng):
    return sample_in_a_loop(logits, temperature, np.random)


def sample_in_turn(logits, temperature, rng):
    """The numbers come as often as they should, always in the same order."""
    if temperature == 0:
        return int(np.argmax(logits))
    sample_in_turn.calls = getattr(sample_in_turn, "calls", 0) + 1
    edges = np.cumsum(softmax((logits.astype(float) - logits.max()) / temperature))
    return min(int(np.searchsorted(edges, sample_in_turn.calls * 0.6180339887 % 1)), len(edges) - 1)


FOR_ZERO = "temperature == 0"
SAMPLE = Answers(
    correct=(sample_by_choice, sample_by_gumbel, sample_in_a_loop, sample_by_racing, sample_by_multinomial),
    equivalent=dict.fromkeys(
        ["6:72: len(logits) - 1 → len(logits) + 1", "6:86: 1 → 0"],
        "the limit is for a last edge that is rounded to less than 1 and a draw between it and 1",
    ),
    impossible={"right unless temperature is negative": "a temperature is at least 0"},
    wrong=(
        slip(sample_by_choice, "logits.max()) / temperature", "logits.max()) * temperature", "multiplied"),
        slip(sample_by_choice, "logits.max()) / temperature", "logits.max())", "the temperature has no effect"),
        slip(sample_by_choice, "rng.choice(len(p), p=p)", "rng.choice(len(p))", "no effect"),
        slip(sample_by_choice, "rng.choice(len(p), p=p)", "p.argmax()", "temperature 0"),
        slip(sample_by_choice, "rng.choice(len(p), p=p)", "rng.choice(p, p=p)", "expected a whole number"),
        slip(sample_by_choice, "rng.choice(len(p), p=p)", "1 + rng.choice(len(p), p=p)", "numbers are 0 to"),
        slip(sample_by_choice, "rng.choice(len(p), p=p)", "rng.choice(len(p), p=p, size=1)", "expected a whole number"),
        slip(sample_by_choice, "rng.choice", "np.random.default_rng(3).choice", "100.0% of"),
        slip(sample_by_choice, "logits.argmax()", "np.flatnonzero(logits == logits.max())[-1]", "the first of them"),
        slip(sample_by_choice, "p = softmax(", "p = 0.9 * softmax(", "sum to 1"),
        slip(sample_by_choice, FOR_ZERO, "temperature < 0"),
        slip(sample_by_choice, FOR_ZERO, "temperature < 0.1"),
        slip(sample_by_choice, "logits.argmax()", "np.round(logits, 9).argmax()"),
        slip(sample_by_gumbel, "temperature * rng.gumbel", "rng.gumbel", "no effect"),
        slip(sample_by_gumbel, "rng.gumbel", "rng.normal"),
        slip(sample_by_gumbel, "rng.gumbel(size=len(logits))", "rng.gumbel()", "the largest always wins"),
        slip(sample_in_a_loop, "largest = max(logits)", "largest = logits[0]", "calls; expected"),
        slip(sample_in_a_loop, "(value - largest) / temperature", "(value - largest)"),
        slip(sample_in_a_loop, "* sum(weights)", "", "calls; expected"),
        slip(sample_in_a_loop, "left -= weight\n        if left < 0", "if left < weight", "calls; expected"),
        slip(sample_in_a_loop, "weights = [", "weights = [1e-2 + "),
        slip(sample_by_racing, "np.argmin", "np.argmax"),
        slip(sample_by_racing, "np.log(rng.exponential(size=logits.shape))", "rng.exponential(size=logits.shape)"),
        Wrong(sample_by_powers, "stays 0 at every temperature"),
        Wrong(sample_from_its_own_generator, "draw from rng alone"),
        Wrong(sample_from_the_global_one, "a generator that all code shares"),
        Wrong(sample_in_turn),
    ),
)

# --- arithmetic_encode and arithmetic_decode: pairs of schemes ---


def ends_of(row, scale):
    """Cumulative frequencies of one row."""
    return cumulative_frequencies(row, scale).tolist()


def package_decode(data, probabilities, length):
    return decode(data, probabilities)


REGISTER = 62
HALF, QUARTER = 1 << REGISTER - 1, 1 << REGISTER - 2
SCALE = 2**40


def bitwise_encode(symbols, probabilities):
    """As in Witten, Neal and Cleary 1987: low and high in registers, bits that wait while the middle is straddled."""
    low, high, waiting, out = 0, 2 * HALF - 1, 0, []

    def write(bit, waiting):
        out.append(bit)
        out.extend([1 - bit] * waiting)

    for symbol, row in zip(symbols.tolist(), probabilities, strict=True):
        ends = ends_of(row, SCALE)
        span = high - low + 1
        high = low + span * ends[symbol + 1] // ends[-1] - 1
        low = low + span * ends[symbol] // ends[-1]
        while True:
            if high < HALF:
                write(0, waiting)
                waiting = 0
            elif low >= HALF:
                write(1, waiting)
                waiting, low, high = 0, low - HALF, high - HALF
            elif low >= QUARTER and high < 3 * QUARTER:
                waiting, low, high = waiting + 1, low - QUARTER, high - QUARTER
            else:
                break
            low, high = 2 * low, 2 * high + 1
    if not len(symbols):
        return b""
    write(int(low >= QUARTER), waiting + 1)
    return np.packbits(np.array(out, dtype=np.uint8)).tobytes()


def bitwise_decode(data, probabilities, length):
    bits = [int(bit) for byte in data for bit in f"{byte:08b}"] + [0] * (REGISTER + 8)
    low, high, read, code = 0, 2 * HALF - 1, REGISTER, int("".join(map(str, bits[:REGISTER])), 2)
    symbols = []
    for row in probabilities:
        ends = ends_of(row, SCALE)
        span = high - low + 1
        place = ((code - low + 1) * ends[-1] - 1) // span
        symbol = int(np.searchsorted(ends, place, side="right")) - 1
        symbols.append(symbol)
        high = low + span * ends[symbol + 1] // ends[-1] - 1
        low = low + span * ends[symbol] // ends[-1]
        while True:
            if high < HALF:
                shift = 0
            elif low >= HALF:
                shift = HALF
            elif low >= QUARTER and high < 3 * QUARTER:
                shift = QUARTER
            else:
                break
            low, high, code = 2 * (low - shift), 2 * (high - shift) + 1, 2 * (code - shift) + bits[read]
            read = min(read + 1, len(bits) - 1)
    return np.array(symbols, dtype=np.int64)


def stack_encode(symbols, probabilities):
    """Duda 2009's asymmetric numeral systems: one whole number as a stack, the last symbol pushed first."""
    number = 0
    for symbol, ends in reversed(list(zip(symbols.tolist(), stack_ends(probabilities), strict=True))):
        count = ends[symbol + 1] - ends[symbol]
        number = (number // count) * ends[-1] + ends[symbol] + number % count
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def stack_ends(probabilities):
    return cumulative_frequencies(probabilities).tolist()


def stack_decode(data, probabilities, length):
    number, symbols = int.from_bytes(data, "little"), np.empty(length, dtype=np.int64)
    for t, ends in enumerate(stack_ends(probabilities)):
        rest = number % ends[-1]
        symbol = next(k for k in range(len(ends) - 1) if ends[k] <= rest < ends[k + 1])
        number = (number // ends[-1]) * (ends[symbol + 1] - ends[symbol]) + rest - ends[symbol]
        symbols[t] = symbol
    return symbols


def range_encode(symbols, probabilities):
    """Bytes that leave, low as Python's own number: no carry to think of."""
    low, width, size = 0, 1 << 120, 0
    for t in range(len(symbols)):
        ends = ends_of(probabilities[t], 2**56)
        part = width // ends[-1]
        low, width = low + part * ends[symbols[t]], part * (ends[symbols[t] + 1] - ends[symbols[t]])
        while width < 1 << 112:
            low, width, size = low << 8, width << 8, size + 1
    if low == 0:
        return b""
    number = -(-low >> 112)
    return number.to_bytes(size + 1, "big").rstrip(b"\x00")


def range_decode(data, probabilities, length):
    data = data + bytes(64)
    value, read, width, symbols = int.from_bytes(data[:15], "big"), 15, 1 << 120, []
    for t in range(length):
        ends = ends_of(probabilities[t], 2**56)
        part = width // ends[-1]
        place = min(value // part, ends[-1] - 1)
        symbol = int(np.flatnonzero(np.array(ends) <= place)[-1])
        value, width = value - part * ends[symbol], part * (ends[symbol + 1] - ends[symbol])
        while width < 1 << 112:
            value, width, read = value << 8 | data[read] if read < len(data) else value << 8, width << 8, read + 1
        symbols.append(symbol)
    return np.array(symbols, dtype=np.int64)


PAIRS = {encode: package_decode, bitwise_encode: bitwise_decode, range_encode: range_decode}


def encode_by_pickle(symbols, probabilities):
    return pickle.dumps(symbols)


def decode_by_pickle(data, probabilities, length):
    return pickle.loads(data)


def encode_a_byte_each(symbols, probabilities):
    return bytes(symbols.tolist())


def encode_the_memory(symbols, probabilities):
    return symbols.tobytes()


def encode_by_zlib(symbols, probabilities):
    return zlib.compress(bytes(symbols.tolist()), 9) if len(symbols) else b""


def encode_with_length(symbols, probabilities):
    return struct.pack(">I", len(symbols)) + encode(symbols, probabilities)


def encode_as_text(symbols, probabilities):
    return "".join(f"{byte:08b}" for byte in encode(symbols, probabilities))


def encode_as_a_list(symbols, probabilities):
    return list(encode(symbols, probabilities))


def encode_as_a_bytearray(symbols, probabilities):
    return bytearray(encode(symbols, probabilities))


def encode_in_float(symbols, probabilities):
    """After some 50 bits nothing changes any more."""
    low, width = 0.0, 1.0
    for symbol, row in zip(symbols, probabilities, strict=True):
        low, width = low + width * row[:symbol].sum(), width * row[symbol]
    return b"" if not len(symbols) else struct.pack(">d", low + width / 2)[: math.ceil(-math.log2(width + 1e-300) / 8)]


def encode_by_ranks(symbols, probabilities):
    """Whole bits for each symbol: n zeros and a one for the n-th likeliest."""
    order = np.argsort(-probabilities, axis=1)
    ranks = (order == symbols[:, None]).argmax(axis=1)
    return np.packbits([bit for rank in ranks for bit in [0] * rank + [1]]).tobytes() if len(symbols) else b""


def encode_by_hash(symbols, probabilities):
    """Of the right length, and another one for each message: only a decoder can tell."""
    size = len(encode(symbols, probabilities)) + 1 if len(symbols) else 0
    return hashlib.shake_256(symbols.tobytes()).digest(size)


def encode_shorter_than_possible(symbols, probabilities):
    return hashlib.sha256(symbols.tobytes()).digest()[:8] if len(symbols) else b""


def encode_with_8_bits(symbols, probabilities):
    """Frequencies out of 256: what is likelier than 255/256 costs too much."""
    out = bytearray()
    number, total = 0, 1
    for symbol, row in zip(symbols.tolist(), probabilities, strict=True):
        ends = ends_of(row, 256)
        number, total = number * ends[-1] + ends[symbol] * total // total, total * ends[-1]
    return bytes(out) + number.to_bytes((number.bit_length() + 7) // 8, "big")


salt = itertools.count()


def encode_with_salt(symbols, probabilities):
    return encode(symbols, probabilities) + bytes([next(salt) % 250]) if len(symbols) else b""


def encode_with_fractions(symbols, probabilities):
    low, width = Fraction(0), Fraction(1)
    for symbol, row in zip(symbols.tolist(), probabilities, strict=True):
        low += width * sum(map(Fraction, row[:symbol].tolist()))
        width *= Fraction(row[symbol])
    size = 0
    while Fraction(1, 256**size) > width:
        size += 1
    return math.ceil(low * 256**size).to_bytes(size, "big")


LOW = "low, width, digits = 2 * low, 2 * width, digits + 1"
ENCODE = Answers(
    correct=(*PAIRS,),
    partners=PAIRS,
    equivalent={"6:14: width < WHOLE → width <= WHOLE": "twice as wide is as good: one digit more now, one less later"},
    impossible={
        "right unless probabilities is large": "a probability is at most 1",
        "right unless in single precision": "probabilities are in double precision",
    },
    wrong=(
        Wrong(encode_by_pickle, "are accepted", decode_by_pickle),
        Wrong(encode_a_byte_each, "each symbol has 1 of the bytes"),
        Wrong(encode_the_memory, "each symbol has 8 of the bytes"),
        Wrong(encode_by_zlib, "are accepted"),
        Wrong(encode_with_length, "are accepted"),
        Wrong(encode_as_text, "expected bytes"),
        Wrong(encode_as_a_list, "expected bytes"),
        Wrong(encode_as_a_bytearray, "a bytearray"),
        Wrong(encode_in_float),
        Wrong(encode_by_ranks, ""),
        Wrong(encode_by_hash, "does not undo it"),
        Wrong(encode_shorter_than_possible, "does not undo it"),
        Wrong(stack_encode, "are accepted", stack_decode),  # its first symbol takes as many bits as its frequencies
        Wrong(encode_with_8_bits),
        Wrong(encode_with_salt, "two results"),
        Wrong(bitwise_encode, "does not undo it"),  # with our decoder, which has another scheme
        slip(bitwise_encode, "waiting, low, high = waiting + 1, low", "waiting, low, high = waiting, low"),
        slip(bitwise_encode, "write(int(low >= QUARTER), waiting + 1)", "pass", "does not undo it"),
        slip(arithmetic_encode, "(-(-low // unit))", "(low // unit)", "Round up"),
        slip(arithmetic_encode, "low, width = low + start, end - start", "width = end - start", "not moved"),
        slip(arithmetic_encode, '"big"', '"little"', "last digit first"),
        slip(arithmetic_encode, LOW, "width, digits = 2 * width, digits + 1", "must be doubled with it"),
        slip(arithmetic_encode, "(digits + 7) // 8", "(digits + 7) // 8 + 3", "are accepted"),
        slip(arithmetic_encode, "while width < WHOLE", "while width < WHOLE >> 8"),
    ),
)


def decode_the_likeliest(data, probabilities, length):
    return probabilities.argmax(axis=1).reshape(length)


def decode_at_random(data, probabilities, length):
    return np.random.default_rng(len(data)).integers(max(1, probabilities.shape[1]), size=length)


known_codes = {}


def encode_and_remember(symbols, probabilities):
    data = encode(symbols, probabilities)
    known_codes["last"] = symbols
    return data


def decode_the_last_remembered(data, probabilities, length):
    return known_codes["last"][:length].copy()


def decode_one_more(data, probabilities, length):
    return np.append(arithmetic_decode(data, probabilities, length), 0)


def decode_to_nothing_early(data, probabilities, length):
    return arithmetic_decode(data, probabilities[: 8 * len(data)], min(length, 8 * len(data)))


DECODE = Answers(
    correct=(*PAIRS.values(),),
    partners={decoder: encoder for encoder, decoder in PAIRS.items()},
    equivalent={
        "4:14: np.zeros(length, dtype=np.int64) → np.ones(length, dtype=np.int64)": "every entry is written",
        "8:42: 1 → 2": "rounds otherwise for one value in 2^96",
    },
    impossible={
        "right unless probabilities is large": "a probability is at most 1",
        "right unless in single precision": "probabilities are in double precision",
    },
    wrong=(
        Wrong(decode_the_likeliest, "data is not looked at"),
        Wrong(decode_at_random),
        Wrong(decode_the_last_remembered, "symbols", encode_and_remember),
        Wrong(decode_one_more, "shape"),
        Wrong(decode_to_nothing_early, "shape"),
        Wrong(package_decode, "symbols", range_encode),
        Wrong(bitwise_decode, "symbols"),  # of codes of another scheme
        slip(bitwise_decode, "[0] * (REGISTER + 8)", "[]"),
        slip(bitwise_decode, "dtype=np.int64", "dtype=float", "dtype float64"),
        slip(bitwise_decode, "return np.array(symbols, dtype=np.int64)", "return symbols", "a list"),
        slip(arithmetic_decode, "repeat(0)", "repeat(1)", "symbols"),
        slip(arithmetic_decode, "value, width = value - start, end - start", "width = end - start", "not taken from"),
        slip(arithmetic_decode, "ends, place) - 1", "ends, place - 1) - 1", "symbols"),
        slip(arithmetic_decode, "reversed(range(8))", "range(8)", "last first"),
        slip(arithmetic_decode, "return symbols", "return symbols[::-1].copy()", "the symbols come last first"),
        slip(arithmetic_decode, "2 * value + next(digits)", "2 * value", "no new digits"),
        slip(arithmetic_decode, "while width < WHOLE", "while width < WHOLE // 2"),
    ),
)

ANSWERS = {
    "bits_per_character": BITS,
    "perplexity": PERPLEXITY,
    "sample": SAMPLE,
    "arithmetic_encode": ENCODE,
    "arithmetic_decode": DECODE,
}
