"""Laws of the generated tasks: the answer is in the input, and nowhere else."""

import numpy as np
import pytest

from rnncourse.data import pronouns, tasks


def test_adding_target_is_the_sum_of_the_two_marked_numbers_one_in_each_half():
    x, target = tasks.adding(11, 500, np.random.default_rng(0))
    assert x.shape == (11, 500, 2)
    np.testing.assert_allclose((x[:, :, 0] * x[:, :, 1]).sum(axis=0), target)
    assert (x[:5, :, 1].sum(axis=0) == 1).all()
    assert (x[5:, :, 1].sum(axis=0) == 1).all()


def test_adding_baseline_is_one_sixth():
    _, target = tasks.adding(20, 200_000, np.random.default_rng(1))
    assert abs(np.mean((target - 1) ** 2) - 1 / 6) < 0.002


def test_temporal_order_class_says_the_order_of_the_two_marked_symbols():
    T = 30
    x, target = tasks.temporal_order(T, 400, np.random.default_rng(2))
    assert (x.sum(axis=2) == 1).all()
    for b in range(400):
        steps, symbols = np.nonzero(x[:, b, 4:])
        assert len(steps) == 2
        assert T // 10 <= steps[0] < 2 * T // 10 <= 4 * T // 10 <= steps[1] < 5 * T // 10
        assert target[b] == 2 * symbols[0] + symbols[1]
    assert set(target) == {0, 1, 2, 3}


@pytest.mark.parametrize("scale", [10, 40, 100])
def test_timer_holds_for_as_long_as_the_level_at_the_spike_says(scale):
    x, target = tasks.timer(6 * scale, 8, np.random.default_rng(3), scale)
    assert set(np.unique(target)) == {0.0, 0.5}
    for b in range(8):
        expected = np.zeros(6 * scale)
        for t in np.flatnonzero(x[:, b, 0]):
            expected[t : t + round(scale * x[t, b, 1])] = 0.5
        np.testing.assert_array_equal(target[:, b, 0], expected)
        changes = np.flatnonzero(np.diff(x[:, b, 1])) + 1
        assert (x[changes, b, 0] == 1).all()


def test_timer_spikes_come_after_the_hold_before_them():
    x, _ = tasks.timer(500, 6, np.random.default_rng(4), 20)
    for b in range(6):
        spikes = np.flatnonzero(x[:, b, 0])
        assert (np.diff(spikes) >= np.round(20 * x[spikes[:-1], b, 1]) + 2).all()


def test_copy_memory_repeats_the_first_symbols_at_the_end():
    x, target = tasks.copy_memory(13, 50, np.random.default_rng(5), symbols=5, length=3)
    letters = x.argmax(axis=2)
    np.testing.assert_array_equal(target[10:], letters[:3])
    assert (target[:10] == 0).all()
    assert (letters[3:10] == 0).all()
    assert (letters[10] == 6).all()


def test_delayed_echo_answers_with_the_input_of_delay_steps_before():
    x, target = tasks.delayed_echo(40, 3, np.random.default_rng(6), delay=7, density=0.5)
    np.testing.assert_array_equal(target[7:], x[:-7])
    assert (target[:7] == 0).all()
    assert set(np.unique(x)) == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("distance", [2, 3, 4, 5, 9, 40, 150])
def test_the_last_pronoun_stands_at_its_distance_and_agrees_with_the_first_word(distance):
    words, target = pronouns.sentences(distance, 30, np.random.default_rng(7))
    assert words.shape == (distance, 30)
    for b in range(30):
        text = pronouns.to_text(words[:, b], target[b])[:-1].split()
        assert text.index(pronouns.REFLEXIVES[target[b]]) == distance
        assert text[0] == pronouns.SUBJECTS[target[b]]
        assert not set(text[1:-1]) & {*pronouns.SUBJECTS, *pronouns.REFLEXIVES}


def test_nothing_between_the_pronouns_tells_them_apart():
    words, target = pronouns.sentences(12, 9000, np.random.default_rng(8))
    counts = np.stack([pronouns.one_hot(words[1:, target == k]).sum(axis=(0, 1)) for k in range(3)])
    frequency = counts / counts.sum(axis=1, keepdims=True)
    assert np.abs(frequency - frequency.mean(axis=0)).max() < 0.006


@pytest.mark.parametrize(
    "make", [tasks.adding, tasks.temporal_order, tasks.timer, tasks.copy_memory, pronouns.sentences]
)
def test_the_same_seed_gives_the_same_task(make):
    first, second = make(24, 4, np.random.default_rng(9)), make(24, 4, np.random.default_rng(9))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_sizes_that_cannot_be_are_refused_by_name():
    rng = np.random.default_rng(10)
    with pytest.raises(ValueError, match="T must be a whole number of at least 10, got 9"):
        tasks.temporal_order(9, 2, rng)
    with pytest.raises(ValueError, match="scale must be a whole number of at least 10, got 3"):
        tasks.timer(20, 2, rng, 3)
    with pytest.raises(ValueError, match=r"density = 0"):
        tasks.delayed_echo(20, 2, rng, delay=2, density=0)
    with pytest.raises(ValueError, match="distance must be a whole number of at least 2, got 1"):
        pronouns.sentences(1, 2, rng)
