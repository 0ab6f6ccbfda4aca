"""LSTM and GRU as functions of plain arrays: the forms that chapters 09 and 10 build.

`rnncourse.reference.lstm` and `rnncourse.reference.gru` are the layers with all their options. These functions
are the same equations with nothing around them; tests hold the two equal.
Shapes: T time, B batch, D input, H hidden. Gates are stacked i f g o (LSTM) and r z n (GRU).
"""

import numpy as np

from rnncourse.reference.ops import dsigmoid, dtanh, sigmoid

Array = np.ndarray


def keep_write_read(values: Array, keep: Array, write: Array, read: Array) -> Array:
    """One memory cell with three switches: m_t = keep_t m_{t-1} + write_t value_t, output_t = read_t m_t.

    All four are (T,), the switches from 0 (shut) to 1 (open); the memory starts empty -> outputs (T,)
    """
    m, outputs = 0.0, np.empty_like(values)
    for t in range(len(values)):
        m = keep[t] * m + write[t] * values[t]
        outputs[t] = read[t] * m
    return outputs


def lstm_step(x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array) -> tuple[Array, Array]:
    """One step of the LSTM.   x_t (B, D), h_prev and c_prev (B, H), W (4H, D), R (4H, H), b (4H,) -> h, c (B, H)"""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def lstm_step_backward(
    dh: Array, dc: Array, x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """One step back: dh and dc (B, H) are all that reaches h_t and c_t -> (dx_t, dh_prev, dc_prev, dW, dR, db)

    The gates are computed again from the inputs. The cell collects blame twice: from c_{t+1}, which is dc, and
    through h = o tanh(c).
    """
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    tanh_c = np.tanh(f * c_prev + i * g)
    da_o = dh * tanh_c * dsigmoid(o)
    dc = dc + dh * o * dtanh(tanh_c)
    da_g = dc * i * dtanh(g)
    da_f = dc * c_prev * dsigmoid(f)
    da_i = dc * g * dsigmoid(i)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da @ W, da @ R, dc * f, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def peephole_lstm_step(
    x_t: Array, h_prev: Array, c_prev: Array, W: Array, R: Array, b: Array, p: Array
) -> tuple[Array, Array]:
    """One step with peepholes p (3, H): i and f see the old cell, o the new one. Other shapes as in `lstm_step`."""
    a_i, a_f, a_g, a_o = np.split(x_t @ W.T + h_prev @ R.T + b, 4, axis=1)
    i, f, g = sigmoid(a_i + p[0] * c_prev), sigmoid(a_f + p[1] * c_prev), np.tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + p[2] * c)
    return o * np.tanh(c), c


def gru_step(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
    """One step of the GRU, reset after the product.   x_t (B, D), h_prev (B, H), W (3H, D), R (3H, H) -> h (B, H)

    The two biases (3H,) do not merge: r scales b_R's last part and not b_W's.
    """
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h_prev


def gru_step_reset_before(x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array) -> Array:
    """One step of the GRU as Cho et al. (2014) wrote it: r scales the state before the product. Shapes as above."""
    H = h_prev.shape[1]
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W + b_R, 3, axis=1)
    h_r, h_z = np.split(h_prev @ R[: 2 * H].T, 2, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + (r * h_prev) @ R[2 * H :].T)
    return (1 - z) * n + z * h_prev


def gru_step_backward(
    dh: Array, x_t: Array, h_prev: Array, W: Array, R: Array, b_W: Array, b_R: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """One step back, reset after: dh (B, H) is all that reaches h_t -> (dx_t, dh_prev, dW, dR, db_W, db_R)"""
    x_r, x_z, x_n = np.split(x_t @ W.T + b_W, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ R.T + b_R, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    da_n = dh * (1 - z) * dtanh(n)
    da_z = dh * (h_prev - n) * dsigmoid(z)
    da_r = da_n * h_n * dsigmoid(r)
    da_x = np.concatenate([da_r, da_z, da_n], axis=1)
    da_h = np.concatenate([da_r, da_z, da_n * r], axis=1)
    dh_prev = dh * z + da_h @ R
    return da_x @ W, dh_prev, da_x.T @ x_t, da_h.T @ h_prev, da_x.sum(axis=0), da_h.sum(axis=0)
