"""Cuts are found; pans, flashes and slow changes are none."""

import numpy as np
import pytest
from clip_files import texture

from automask.video.shots import Cuts


def cuts_in(frames) -> list[int]:
    cuts = Cuts()
    for frame in frames:
        cuts.take(frame)
    return [*cuts.found()[1:]]


def scene(seed: int, width: int = 128) -> np.ndarray:
    """Soft shapes and some detail, 72 px high."""
    fine = texture(seed + 100, 4 * 72, 4 * width)[::4, ::4]
    return (0.6 * texture(seed, 72, width) + 0.4 * fine).astype(np.uint8)


def pan(seed: int, count: int, step: int) -> list[np.ndarray]:
    wide = scene(seed, 128 + step * count)
    return [wide[:, step * n : step * n + 128] for n in range(count)]


def test_cuts_between_moving_shots_are_found_to_the_frame():
    frames = [*pan(1, 12, 2), *pan(2, 7, 3), *pan(3, 20, 1)]
    assert cuts_in(frames) == [12, 19]


def test_cuts_are_found_in_the_dark_and_between_scenes_of_the_same_light():
    frames = [*pan(11, 12, 1), *pan(12, 9, 2), *pan(13, 4, 0), *pan(14, 12, 1)]
    rng = np.random.default_rng(0)
    for light in (0.6, 0.12):
        seen = [light * f + rng.normal(0, 1, f.shape) + 3 for f in frames]
        assert cuts_in([f.clip(0, 255).astype(np.uint8) for f in seen]) == [12, 21, 25]


def test_a_cut_between_scenes_that_differ_in_colour_alone_is_found():
    hues = np.random.default_rng(1).uniform(-60, 60, (2, 6, 8, 1))
    tint = np.array([1, -(0.299 + 0.114) / 0.587, 1])  # of no lightness
    tiles = [np.kron(128 + each * tint, np.ones((12, 16, 1))) for each in hues]
    assert cuts_in([each.astype(np.uint8) for each in tiles for _ in range(8)]) == [8]


def test_a_cut_to_a_closer_view_of_the_same_is_found():
    wide, close = scene(15), scene(15)[20:56, 30:94]
    close = np.kron(close, np.ones((2, 2, 1), np.uint8))
    assert cuts_in([wide] * 9 + [close] * 9) == [9]


def test_after_black_another_scene_is_another_shot_and_the_same_is_not():
    first, black = pan(16, 12, 1), [np.zeros((72, 128, 3), np.uint8)] * 5
    assert cuts_in([*first, *black, *pan(17, 12, 1)]) == [17]
    assert cuts_in([*first, *black, *first[::-1]]) == []


@pytest.mark.parametrize("step", [14, 25])
def test_a_fast_pan_is_no_cut(step):
    assert cuts_in(pan(4, 20, step)) == []


def test_frames_that_are_missing_in_a_pan_make_no_cut():
    frames = pan(21, 40, 5)
    assert cuts_in([*frames[:15], *frames[20:]]) == []


def test_a_flash_is_no_cut():
    frames = pan(5, 20, 1)
    for number in (8, 9):
        frames[number] = np.full_like(frames[number], 250)
    assert cuts_in(frames) == []


def test_a_picture_that_flashes_up_is_no_cut():
    frames = pan(18, 20, 1)
    frames[8:11] = [scene(19)] * 3
    assert cuts_in(frames) == []


def test_a_jump_in_exposure_and_a_fade_are_no_cuts():
    frames = pan(20, 30, 1)
    dark = [frame // 3 for frame in frames]
    assert cuts_in([*frames[:12], *dark[12:]]) == []
    for number, frame in enumerate(frames):
        frames[number] = (abs(number / 15 - 1) * frame).astype(np.uint8)
    assert cuts_in(frames) == []


def test_a_dissolve_is_no_cut():
    first, last = (scene(seed).astype(float) for seed in (6, 7))
    shares = np.linspace(0, 1, 24)
    frames = [((1 - s) * first + s * last).astype(np.uint8) for s in shares]
    assert cuts_in(frames) == []


def test_something_that_crosses_the_picture_is_no_cut():
    frames = [frame.copy() for frame in pan(8, 24, 1)]
    for number, frame in enumerate(frames):
        frame[20:60, max(0, 6 * number - 40) : 6 * number] = 30
    assert cuts_in(frames) == []
