"""Frames of a shot painted one from the other."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from planted_clips import Layer, PlantedClip, disc, pan, still, zoom
from planted_film import InMemory, Red, planted_painter, with_red
from test_flow import textured

from automask.video.film_painter import light
from automask.video.flow import warp
from automask.video.key_frame import alone
from automask.video.painting import Passes, paint_piece
from automask.video.window import turned, turns_of

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


def by_itself(painter, frame):
    return alone(painter, frame, None, None)[0]


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
    single = [by_itself(painter, frames[n]) for n in range(len(frames))]
    assert flicker(painted(painter, frames), frames) < flicker(single, frames) / 4


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

    single = by_itself(painter, frames[8])
    assert apart(images[8], single) < 0.7 * apart(images[0], single)
    assert apart(images[8], frames[8]) > 0.03


def test_the_same_frames_and_state_give_the_same_bytes_after_a_file(painter):
    frames = clip(4)
    *_, (_, state) = paint_piece(painter, frames, None, Passes(), InMemory())
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    again = torch.load(file, weights_only=True)
    rest = [clip(6)[n] for n in (4, 5)]
    one, other = (painted(painter, rest, each) for each in (state, again))
    assert all(map(torch.equal, one, other))


def test_two_pieces_are_one_whose_key_frames_are_the_same(painter):
    frames, how = clip(7), Passes(every=3)
    whole = painted(painter, frames, how=how)
    first = list(
        paint_piece(painter, [frames[n] for n in range(4)], None, how, InMemory())
    )
    rest = painted(painter, [frames[n] for n in range(4, 7)], first[-1][1], how=how)
    assert all(map(torch.equal, whole, [*(image for image, _ in first), *rest]))


def test_a_stopped_piece_of_two_passes_goes_on_to_the_same_bytes(painter):
    frames = [*(clip(4)[n] for n in range(4)), *(clip(4)[n] for n in (3, 2, 1, 0))]
    frames[4:] = [image.flip(3) for image in frames[4:]]  # so much is new: a key frame
    how = Passes(passes=2)
    whole = painted(painter, frames, how=how)

    class Stopped(Exception):
        pass

    class Stops(InMemory):
        def save(self, name, values):
            super().save(name, values)
            if name.startswith("key"):
                raise Stopped

    kept = Stops()
    with pytest.raises(Stopped):
        painted(painter, frames, how=how, kept=kept)
    known = InMemory(kept)
    assert all(map(torch.equal, whole, painted(painter, frames, how=how, kept=known)))
    assert not known  # nothing is left behind


def test_what_comes_in_looks_from_the_first_as_it_will(painter):
    """It is painted at the key frame, and carried back to where it came into view."""
    frames = PlantedClip([Layer(textured(1, 120), motion=pan(-3))], (SIDE, SIDE), 6)
    images = painted(painter, frames)
    new = slice(SIDE - 2, SIDE - 1)  # columns that came into view just now
    for n in range(1, 5):
        later = warp(images[5], frames.flow(n, 5)).clamp(0, 1)
        assert (images[n] - later)[..., new].abs().mean() < 0.05
        assert (images[n] - frames[n])[..., new].abs().mean() > 0.05


def test_paint_of_a_region_that_is_gone_does_not_stay():
    """A mask was wrong when the paint was laid, or is no longer there."""
    shown = with_red(textured(1, SIDE), 25)
    frames, how = [shown.roll(n, 3) for n in range(8)], Passes(every=1)
    source = Red()
    seen = painted(planted_painter(source), frames, how=how)
    blind = Red()
    painter = planted_painter(blind)
    blind.blind = set(range(3, 99))  # from the second frame on
    changed = (painted(painter, frames, how=how)[-1] - seen[-1]).abs().mean(dim=1)[0]
    square = changed[24:46, 36:58]
    assert source.asked == blind.asked
    assert float(square.mean()) > 0.02
    assert float(changed[56:].median()) < 1e-6


def test_stretched_strokes_are_renewed_twice_and_then_painted_anew(painter):
    """So that neither their size nor what renewing adds grows on and on."""
    layer = Layer(textured(1, 120), motion=zoom(1.06))
    frames = PlantedClip([layer], (SIDE, SIDE), 10)
    often = []
    for _, state in paint_piece(painter, frames, None, Passes(every=3), InMemory()):
        middle = state["renewed"][30:50, 30:50]
        if not often or often[-1] != float(middle.median()):
            often.append(float(middle.median()))
    assert often[:4] == [0, 1, 2, 0]


def test_a_film_fades_to_black_and_is_no_darker_before():
    frame = textured(1, 40)
    frame = frame / frame.max()
    assert light(frame) == light(0.4 * frame) == 1
    assert 0.3 < light(0.1 * frame) < 0.45
    assert light(0 * frame) == 0
    lamp = 0 * frame
    lamp[..., :8, :8] = 0.5  # a night scene is no fade
    assert light(lamp) == 1


def test_paint_changes_place_by_place_between_two_key_frames():
    """Each place is once the one painting, then the other; half of both is a mush."""
    turns = turns_of(torch.zeros(60, 90))
    shares = [turned(turns, n / 10) for n in range(11)]
    assert not shares[0].any() and (shares[10] == 1).all()
    for before, after in pairwise(shares):
        assert (after >= before).all() and after.mean() > before.mean() - 1e-6
    halfway = shares[5]
    assert 0.25 < float(halfway.mean()) < 0.75
    assert float(((halfway == 0) | (halfway == 1)).float().mean()) > 0.5


@pytest.mark.parametrize("wrong", [(0, 1), (25, 1), (1, 0), (1, 3)])
def test_passes_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        Passes(*wrong)


def test_without_strokes_each_frame_has_its_own_colours():
    painter = planted_painter()
    plain = replace(painter, stylizer=replace(painter.stylizer, strength=0.0))
    frames = clip(3)
    images = painted(plain, frames)
    assert all(torch.equal(image, frames[n]) for n, image in enumerate(images))
