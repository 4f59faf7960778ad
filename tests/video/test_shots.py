"""Cuts are found; pans, flashes and slow changes are none."""

import numpy as np
from clip_files import texture

from automask.video.shots import Cuts


def cuts_in(frames) -> list[int]:
    cuts = Cuts()
    for frame in frames:
        cuts.take(frame)
    return [*cuts.found()[1:]]


def pan(seed: int, count: int, step: int) -> list[np.ndarray]:
    wide = texture(seed, 72, 128 + step * count)
    return [wide[:, step * n : step * n + 128] for n in range(count)]


def test_cuts_between_moving_shots_are_found_to_the_frame():
    frames = [*pan(1, 12, 2), *pan(2, 7, 3), *pan(3, 20, 1)]
    assert cuts_in(frames) == [12, 19]


def test_a_fast_pan_is_no_cut():
    assert cuts_in(pan(4, 20, 14)) == []


def test_a_flash_is_no_cut():
    frames = pan(5, 20, 1)
    for number in (8, 9):
        frames[number] = np.full_like(frames[number], 250)
    assert cuts_in(frames) == []


def test_a_dissolve_is_no_cut():
    first, last = (texture(seed, 72, 128).astype(float) for seed in (6, 7))
    shares = np.linspace(0, 1, 24)
    frames = [((1 - s) * first + s * last).astype(np.uint8) for s in shares]
    assert cuts_in(frames) == []


def test_something_that_crosses_the_picture_is_no_cut():
    frames = [frame.copy() for frame in pan(8, 24, 1)]
    for number, frame in enumerate(frames):
        frame[20:60, max(0, 6 * number - 40) : 6 * number] = 30
    assert cuts_in(frames) == []
