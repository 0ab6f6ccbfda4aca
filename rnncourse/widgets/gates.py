"""Chapters 9 and 10: one LSTM cell and one GRU cell on a short sequence, and memory as three switches."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Choice, Slider, Steps
from .svg import axes, diagram, dots, line, rects, segments, text
from .values import Values

T = 16
WRITE, READ = 2, 13  # at these steps the cue opens the gate
SIGNAL = np.array([0.3, -0.4, 0.9, -0.6, 0.5, -0.2, 0.4, -0.7, 0.1, 0.6, -0.5, 0.3, -0.1, 0.2, -0.4, 0.5])


def sigmoid(a: float) -> float:
    return 1 / (1 + float(np.exp(-a)))


def lstm_run(b_i: float, b_f: float, b_o: float, t: int) -> Values:
    """One cell; its input gate hears a cue at step 2, its output gate at step 13."""
    c, rows = 0.0, []
    for k in range(T):
        i, f, o = sigmoid(b_i + 8 * (k == WRITE)), sigmoid(b_f), sigmoid(b_o + 8 * (k == READ))
        g = float(np.tanh(2 * SIGNAL[k]))
        c = f * c + i * g
        rows.append((i, f, o, g, c, o * float(np.tanh(c))))
    gates_i, gates_f, gates_o, _, cells, outputs = np.array(rows).T
    return {
        "i": gates_i,
        "f": gates_f,
        "o": gates_o,
        "c": cells,
        "h": outputs,
        "cursor": t,
        "written": cells[WRITE],
        "held": cells[READ],
        "i_now": gates_i[t],
        "f_now": gates_f[t],
        "o_now": gates_o[t],
        "c_now": cells[t],
        "h_now": outputs[t],
        "c_words": f"{cells[t]:.2f}".replace("-0.00", "0.00").replace("-", "−"),
        **_valves({"i": gates_i[t], "f": gates_f[t], "o": gates_o[t]}),
    }


LSTM_PORT = """
const s = (a) => 1 / (1 + Math.exp(-a)), out = { i: [], f: [], o: [], c: [], h: [] };
let c = 0;
K.signal.forEach((x, k) => {
  const i = s(p.b_i + (k === 2 ? 8 : 0)), f = s(p.b_f), o = s(p.b_o + (k === 13 ? 8 : 0));
  c = f * c + i * Math.tanh(2 * x);
  out.i.push(i); out.f.push(f); out.o.push(o); out.c.push(c); out.h.push(o * Math.tanh(c));
});
const t = p.t, valves = {};
for (const gate of ["i", "f", "o"]) {
  valves[gate + "_blade"] = 4 + 15 * (1 - out[gate][t]);
  valves[gate + "_blade_up"] = -4 - 15 * (1 - out[gate][t]);
  valves[gate + "_pipe"] = 0.5 + 6 * out[gate][t];
}
return { ...out, ...valves, c_words: out.c[t].toFixed(2).replace("-0.00", "0.00").replace("-", "−"),
  cursor: t, written: out.c[2], held: out.c[13], i_now: out.i[t], f_now: out.f[t], o_now: out.o[t],
  c_now: out.c[t], h_now: out.h[t] };
"""


def _traces(title: str, marks: list, low: float) -> dict:
    cursor = segments("$cursor", low, "$cursor", 1.1, "ink", width=1, dash="3 3")
    return axes(
        [*marks, cursor],
        x=(0, T - 1),
        y=(low, 1.1),
        title=title,
        xlabel="step t",
        yticks=(0, 0.5, 1) if low > -0.5 else (-1, -0.5, 0, 0.5, 1),
        height=210,
    )


def _valve(x: float, y: float, gate: str) -> list:
    """Two blades that meet when the gate is shut; the pipe between them is as thick as the gate is open."""
    return [
        rects([x - 4], y - 19, 8, f"${gate}_blade", gate, round=2),
        rects([x - 4], y + 19, 8, f"${gate}_blade_up", gate, round=2),
    ]


def _valves(now: dict[str, float]) -> Values:
    blades = {f"{gate}_blade": 4 + 15 * (1 - v) for gate, v in now.items()}
    blades |= {f"{gate}_blade_up": -4 - 15 * (1 - v) for gate, v in now.items()}
    return blades | {f"{gate}_pipe": 0.5 + 6 * v for gate, v in now.items()}


def _lstm_picture() -> dict:
    """The cell with its three valves at the present step."""
    return diagram(
        [
            segments([48], 88, [146], 88, "x", width="$i_pipe"),
            segments([194], 88, [290], 88, "h", width="$o_pipe"),
            line([152, 128, 128, 212, 212, 188], [74, 58, 32, 32, 58, 74], "rule", width=1.5),
            segments([128], 32, [212], 32, "c", width="$f_pipe"),
            *_valve(97, 88, "i"),
            *_valve(170, 32, "f"),
            *_valve(242, 88, "o"),
            dots([170], 88, "paper", r=23, stroke="c", width=2),
            dots([170], 88, value="$c_now", r=23),
            text([170], 92, "$c_words", "ink", anchor="middle", weight=600),
            text([20, 318], 92, ["write", "h"], ["ink", "h"], anchor="middle", weight=600),
            text([97], 124, "input gate", "i", anchor="middle", size=11),
            text([170], 9, "forget gate", "f", anchor="middle", size=11),
            text([242], 124, "output gate", "o", anchor="middle", size=11),
        ],
        width=340,
        height=130,
        row=True,
    )


def lstm_gates() -> InteractiveFigure:
    """Sliders: the three gates' biases; gates on one side, cell and output on the other; the steps can be played."""
    steps = list(range(T))
    gates = [
        line("$steps", "$f", "f", width=3),
        line("$steps", "$i", "i", width=3),
        line("$steps", "$o", "o", width=3),
    ]
    memory = [
        dots(steps, "$signal", "x", r=2.5),
        line("$steps", "$c", "c", width=3),
        line("$steps", "$h", "h", width=2),
    ]
    return InteractiveFigure(
        name="lstm_gates",
        function=lstm_run,
        parameters=(
            Slider("b_f", "forget gate's bias (keep)", -4, 6, 0.5, 4),
            Slider("b_i", "input gate's bias (write)", -8, 2, 0.5, -4),
            Slider("b_o", "output gate's bias (read)", -8, 2, 0.5, -4),
            Steps("t", "step *t*", T - 1, WRITE),
        ),
        panels=(
            _lstm_picture(),
            _traces("Gates: 0 shut, 1 open", gates, -0.05),
            _traces("Cell and output", memory, -1.1),
        ),
        constants={"steps": steps, "signal": SIGNAL},
        legend=(
            ("f", "keep: forget gate f"),
            ("i", "write: input gate i"),
            ("o", "read: output gate o"),
            ("c", "cell c"),
            ("h", "output h"),
            ("x", "input x"),
        ),
        caption="A cue opens the input gate at step 2 and the output gate at step 13. What lies between is held "
        "only as well as the forget gate keeps it, and only as clean as the input gate stays shut.",
        alt="A cell between three valves. Below, left: the forget gate stays near one, the input gate opens for a "
        "moment at step 2, the output gate at step 13. Right: the cell jumps at step 2 and fades slowly; the "
        "output appears at step 13.",
        readout="Step {cursor}: f = {f_now:2}, i = {i_now:2}, o = {o_now:2}, c = {c_now:2}, h = {h_now:2}. "
        "Written {written:2}, still there at step 13: {held:2}.",
        port=LSTM_PORT,
        interval=600,
    )


def gru_run(b_z: float, b_r: float, t: int) -> Values:
    """One unit, h ← (1 − z) n + z h; a cue lowers z at step 2, another one shuts r at step 9."""
    h, rows = 0.0, []
    for k in range(T):
        z = sigmoid(b_z - 9 * (k == WRITE) - 4 * (k == 9))
        r = sigmoid(b_r - 9 * (k == 9))
        n = float(np.tanh(1.5 * SIGNAL[k] + r * 1.2 * h))
        h = (1 - z) * n + z * h
        rows.append((z, r, n, h))
    zs, rs, ns, hs = np.array(rows).T
    now = {"z_now": zs[t], "r_now": rs[t], "n_now": ns[t], "h_now": hs[t]}
    return {"z": zs, "r": rs, "n": ns, "h": hs, "cursor": t, **now}


GRU_PORT = """
const s = (a) => 1 / (1 + Math.exp(-a)), out = { z: [], r: [], n: [], h: [] };
let h = 0;
K.signal.forEach((x, k) => {
  const z = s(p.b_z - (k === 2 ? 9 : 0) - (k === 9 ? 4 : 0)), r = s(p.b_r - (k === 9 ? 9 : 0));
  const n = Math.tanh(1.5 * x + r * 1.2 * h);
  h = (1 - z) * n + z * h;
  out.z.push(z); out.r.push(r); out.n.push(n); out.h.push(h);
});
const t = p.t;
return { ...out, cursor: t, z_now: out.z[t], r_now: out.r[t], n_now: out.n[t], h_now: out.h[t] };
"""


def gru_gates() -> InteractiveFigure:
    """Sliders: the biases of update and reset gate; gates on one side, candidate and state on the other."""
    steps = list(range(T))
    gates = [line("$steps", "$z", "z", width=3), line("$steps", "$r", "r", width=3)]
    state = [
        dots(steps, "$signal", "x", r=2.5),
        line("$steps", "$n", "n", width=2, dash="5 3"),
        line("$steps", "$h", "h", width=3),
    ]
    return InteractiveFigure(
        name="gru_gates",
        function=gru_run,
        parameters=(
            Slider("b_z", "update gate's bias (keep)", -4, 6, 0.5, 4),
            Slider("b_r", "reset gate's bias (look back)", -4, 6, 0.5, 3),
            Steps("t", "step *t*", T - 1, WRITE),
        ),
        panels=(_traces("Gates: 0 shut, 1 open", gates, -0.05), _traces("Candidate and state", state, -1.1)),
        constants={"steps": steps, "signal": SIGNAL},
        legend=(
            ("z", "update gate z"),
            ("r", "reset gate r"),
            ("n", "candidate n"),
            ("h", "state h"),
            ("x", "input x"),
        ),
        caption="With *z* near one the state is kept, with *z* near zero it is replaced by the candidate; with "
        "*r* shut the candidate looks at the input alone, as at step 9.",
        alt="Left: the update gate dips at step 2 and a little at step 9, the reset gate shuts at step 9. "
        "Right: the state jumps at step 2 and then moves slowly while the candidate follows the input.",
        readout="Step {cursor}: z = {z_now:2}, r = {r_now:2}, candidate n = {n_now:2}, state h = {h_now:2}.",
        port=GRU_PORT,
        interval=600,
    )


# One step a column: value offered, then the switches write, keep, read.
PROGRAM = (
    (4.2, 1, 0, 0, "4.2 is written"),
    (1.7, 0, 1, 0, "1.7 comes by; the memory holds"),
    (-0.6, 0, 1, 0, "−0.6 comes by; the memory holds"),
    (2.5, 0, 1, 1, "the memory is read"),
    (0.8, 0, 1, 0, "it is still there"),
    (3.1, 0, 0, 0, "keep is off: the memory is cleared"),
    (1.1, 0, 1, 1, "reading finds nothing"),
)
FAULTS = {
    "none": {},
    "keep": {2: (0, 0, 0, "keep is off by mistake: 4.2 is lost")},
    "write": {2: (1, 1, 0, "write is on by mistake: −0.6 is added")},
}


def switch_run(fault: str, look: str, t: int) -> Values:
    """Memory ← keep · memory + write · value; output = read · memory. Backward: the error carried to each memory."""
    rows = [(v, *FAULTS[fault].get(k, (w, keep, r, say))) for k, (v, w, keep, r, say) in enumerate(PROGRAM)]
    memory = [0.0]
    for value, write, keep, _, _ in rows:
        memory.append(keep * memory[-1] + write * value)
    outputs = [read * m for (_, _, _, read, _), m in zip(rows, memory[1:], strict=True)]
    blame = [0.0] * (len(rows) + 1)  # an error of 1 at the output of the fourth step
    blame[3] = float(rows[3][3])
    for k in (2, 1, 0):
        blame[k] = blame[k + 1] * rows[k + 1][2]
    t -= 1
    _, write, _, _, say = rows[t]
    shown = memory[1:] if look == "forward" else blame[: len(rows)]
    if look == "forward":
        words = f"Step {t + 1}: {say}. Memory {memory[t + 1]:.1f}, output {outputs[t]:.1f}."
    else:
        words = f"Step {t + 1}: an error of 1 at the output of step 4 reaches the memory of this step as {blame[t]:.0f}"
        words += f", and the value written here as {blame[t] * write:.0f}."
    return {
        "values": [f"{row[0]:.1f}".replace("-", "−") for row in rows],
        "on": [1.0 if row[j] else 0.0 for j in (2, 1, 3) for row in rows],
        "off": [0.0 if row[j] else 1.0 for j in (2, 1, 3) for row in rows],
        "memory": [
            f"{m:.1f}".replace("-0.0", "0.0").replace("-", "−") if look == "forward" else f"{m:.0f}" for m in shown
        ],
        "memory_ink": "c" if look == "forward" else "gradient",
        "memory_tint": [min(1.0, abs(m) / (4.2 if look == "forward" else 1)) * 0.5 for m in shown],
        "outputs": [f"{o:.1f}".replace("-", "−") if row[3] else "" for o, row in zip(outputs, rows, strict=True)],
        "frame_x": 60 + 44 * t,
        "words": words.replace(" -", " −"),
    }


def switches() -> InteractiveFigure:
    """Seven steps of a memory with switches keep, write, read; a fault can be planted, the error carried back."""
    columns = [60 + 44 * k for k in range(len(PROGRAM))]
    middle = [c + 20 for c in columns]
    rows = {"value": 18, "keep": 52, "write": 84, "read": 116, "memory": 152, "output": 196}
    switch_x, switch_y = middle * 3, [rows[name] + 12 for name in ("keep", "write", "read") for _ in columns]
    switch_colour = [name for name in ("f", "i", "o") for _ in columns]
    return InteractiveFigure(
        name="switches",
        function=switch_run,
        parameters=(
            Choice(
                "fault",
                "switches",
                (("none", "as intended"), ("keep", "keep off at step 3"), ("write", "write on at step 3")),
                "none",
            ),
            Choice("look", "show", (("forward", "values forward"), ("back", "error carried back")), "forward"),
            Steps("t", "step", len(PROGRAM), 4, first=1),
        ),
        panels=(
            diagram(
                [
                    rects("$frame_x", 2, 40, 232, "h", opacity=0.14, round=6),
                    text(6, [rows[k] + 17 for k in rows], list(rows), "muted", size=11),
                    text(middle, rows["value"] + 17, "$values", "ink", anchor="middle"),
                    dots(switch_x, switch_y, switch_colour, r=9, opacity="$on"),
                    dots(switch_x, switch_y, "none", r=9, stroke="muted", width=1, opacity="$off"),
                    rects([c + 1 for c in columns], rows["memory"], 38, 30, "paper", stroke="muted", round=5, width=1),
                    rects(
                        [c + 1 for c in columns], rows["memory"], 38, 30, "$memory_ink", opacity="$memory_tint", round=5
                    ),
                    text(middle, rows["memory"] + 20, "$memory", "ink", anchor="middle", weight=600),
                    text(middle, rows["output"] + 20, "$outputs", "h", anchor="middle", weight=600),
                    text(middle, 248, [str(k + 1) for k in range(len(PROGRAM))], "muted", anchor="middle", size=11),
                ],
                width=376,
                height=254,
            ),
        ),
        legend=(("f", "keep"), ("i", "write"), ("o", "read"), ("c", "memory"), ("gradient", "error at the memory")),
        caption="Write once, keep, read when asked. While keep is on, the error travels back through the same steps "
        "unchanged.",
        alt="Seven columns with a value, three switches, a memory and an output. Write is on in the first "
        "column only; the memory shows 4.2 for five steps, read gives 4.2 at step four, and then keep goes off "
        "and the memory is zero.",
        readout="{words}",
    )
