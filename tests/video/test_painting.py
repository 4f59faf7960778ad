"""Frames of a shot painted one from the other."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import islice

import pytest
import torch
from planted_clips import Layer, PlantedClip, disc, pan, still
from planted_film import InMemory, planted_painter
from test_flow import textured

from automask.video.backward import BACK, FORWARD, carry_back, keep, loaded
from automask.video.flow import warp
from automask.video.painting import Passes, key_frames, next_frame, paint_piece

SIDE = 80


@pytest.fixture(scope="module")
def painter():
    return planted_painter()


def clip(count: int = 8, speed: float = 2.6) -> PlantedClip:
    return PlantedClip(
        [
            Layer(textured(1, 110), motion=still),
            Layer(textured(2, 50), disc(50, 50, 18), pan(speed)),
        ],
        (SIDE, SIDE),
        count,
    )


def painted(painter, frames, state=None, how=None, kept=None):
    how, kept = how or Passes(), InMemory() if kept is None else kept
    return [image for image, _ in paint_piece(painter, frames, state, how, kept)]


def flicker(images, frames) -> float:
    """Mean change beside the exact motion, of what is seen in both frames."""
    errors = []
    for n in range(1, len(images)):
        seen = frames.visible(n, n - 1)
        change = images[n] - warp(images[n - 1], frames.flow(n, n - 1))
        errors.append(float(change.abs().mean(dim=1)[0][seen].mean()))
    return sum(errors) / len(errors)


def test_a_film_flickers_far_less_than_frames_painted_alone(painter):
    frames = clip()
    alone = [next_frame(painter, frames[n], None)[0] for n in range(len(frames))]
    assert flicker(painted(painter, frames), frames) < flicker(alone, frames) / 4


def test_a_frame_like_the_last_one_is_painted_alike(painter):
    frame = textured(1, SIDE)
    images = painted(painter, [frame] * 3)
    assert torch.equal(images[0], images[1]) and torch.equal(images[0], images[2])


def test_what_comes_into_view_is_painted_anew(painter):
    """Not left as the photograph, nor as what was painted there before."""
    frames = clip(9)
    images = painted(painter, frames)
    uncovered = (frames.top(0) == 1) & (frames.top(8) == 0)

    def apart(one, other):
        return float((one - other).abs().mean(dim=1)[0][uncovered].mean())

    alone = next_frame(painter, frames[8], None)[0]
    assert apart(images[8], alone) < 0.7 * apart(images[0], alone)
    assert apart(images[8], frames[8]) > 0.03


def test_the_same_frame_and_state_give_the_same_bytes_after_a_file(painter):
    frames = clip(4)
    *_, (_, state) = paint_piece(painter, frames, None, Passes(), InMemory())
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    again = torch.load(file, weights_only=True)
    nxt = clip(5)[4]
    one, other = (next_frame(painter, nxt, each)[0] for each in (state, again))
    assert torch.equal(one, other)


def test_two_pieces_are_one(painter):
    frames = clip(6)
    whole = painted(painter, frames)
    first = list(
        paint_piece(painter, [frames[n] for n in range(3)], None, Passes(), {})
    )
    rest = painted(painter, [frames[n] for n in range(3, 6)], first[-1][1])
    assert all(map(torch.equal, whole, [*(image for image, _ in first), *rest]))


@pytest.mark.parametrize("every", [1, 3])
def test_a_stopped_piece_of_two_passes_goes_on_to_the_same_bytes(painter, every):
    frames, how = clip(7), Passes(every, 2)
    whole = painted(painter, frames, how=how)

    class Stopped(Exception):
        pass

    class Stops(InMemory):
        def save(self, name, values):
            super().save(name, values)
            if name == "progress" and values["number"] >= 2:
                raise Stopped

    kept = Stops()
    with pytest.raises(Stopped):
        painted(painter, frames, how=how, kept=kept)
    again = painted(painter, frames, how=how, kept=InMemory(kept))
    assert all(map(torch.equal, whole, again))
    begun = islice(paint_piece(painter, frames, None, how, InMemory(kept)), 2)
    assert all(torch.equal(a, b) for a, (b, _) in zip(whole, begun, strict=False))


def test_the_way_back_shows_what_comes_into_view_as_it_will_be():
    frames = PlantedClip([Layer(textured(1, 120), motion=pan(-2))], (SIDE, SIDE), 4)
    kept, full = InMemory(), textured(3, 120)
    strokes = PlantedClip([Layer(full, motion=pan(-2))], (SIDE, SIDE), 4)
    new = torch.zeros(4, SIDE, SIDE)
    for n in range(4):
        new[n, :, SIDE - 2 * n :] = n < 3  # what comes in, until it is painted in full
        keep(kept, FORWARD.format(n), torch.where(new[n] > 0, 0.5, strokes[n]), new[n])
    assert len(list(carry_back(frames, range(4), kept))) == 4
    for n in range(4):
        found = loaded(kept, BACK.format(n))
        missed = (found[0] - strokes[n]).abs().mean(dim=1)[0]
        assert missed[:, : SIDE - 2 * n].max() < 1e-3  # what was known stays
        inner = new[n].bool() & (torch.arange(SIDE) < SIDE - 1)
        assert n in (0, 3) or missed[inner].mean() < 0.03


def test_frames_in_between_are_made_of_both_paintings(painter):
    frames = PlantedClip([Layer(textured(1, 120), motion=pan(1.2))], (SIDE, SIDE), 5)
    images = painted(painter, frames, how=Passes(every=4))
    first, last = images[0], images[4]
    from_both = (warp(first, frames.flow(2, 0)) + warp(last, frames.flow(2, 4))) / 2
    middle = (..., slice(12, -12), slice(12, -12))
    assert (images[2] - from_both)[middle].abs().mean() < 0.02
    assert (images[2] - warp(first, frames.flow(2, 0)))[middle].abs().mean() < 0.05


@pytest.mark.parametrize(
    ("count", "every", "begins", "expected"),
    [
        (7, 3, True, [0, 3, 6]),
        (8, 3, True, [0, 3, 6, 7]),
        (7, 3, False, [2, 5, 6]),
        (1, 4, False, [0]),
        (3, 1, False, [0, 1, 2]),
    ],
)
def test_key_frames_end_each_piece(count, every, begins, expected):
    assert key_frames(count, every, begins=begins) == expected


@pytest.mark.parametrize("wrong", [(0, 1), (13, 1), (1, 0), (1, 3)])
def test_passes_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        Passes(*wrong)


def test_without_strokes_each_frame_has_its_own_colours():
    painter = planted_painter()
    plain = replace(painter, stylizer=replace(painter.stylizer, strength=0.0))
    frames = clip(3)
    images = painted(plain, frames)
    assert all(torch.equal(image, frames[n]) for n, image in enumerate(images))
