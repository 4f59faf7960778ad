"""Masks of frames that move with what they show, and do not flash."""

from __future__ import annotations

import torch
from planted_clips import Layer, PlantedClip, pan
from planted_film import Red, planted_painter, with_red
from test_flow import textured

from automask.video.flow import Flow, motion
from automask.video.steady_masks import EVERY


def grey(side):
    """(1, 3, side, side) blots without a colour."""
    return textured(1, side).mean(dim=1, keepdim=True).expand(-1, 3, -1, -1).clone()


def masks_of(frames, source):
    """The (H, W) mask "thing" of each frame, and the names used."""
    masks, state, found, names, last = planted_painter(source).masks, None, [], [], None
    for frame in (frames[n] for n in range(len(frames))):
        flow = None if last is None else motion(frame, last)
        content, _, state = masks(frame, state, flow)
        names.append(content.names)
        known = dict(zip(content.names, content.masks, strict=True))
        found.append(known.get("thing", torch.zeros(frame.shape[2:])))
        last = frame
    return found, names


def test_a_mask_that_one_search_misses_does_not_flash():
    frame, source = with_red(textured(1, 96), 30), Red()
    source.blind = {3}  # of a search in its midst; the style is the first
    found, names = masks_of([frame] * (2 * EVERY + 2), source)
    inside = [float(mask[25:45, 35:55].mean()) for mask in found]
    assert source.asked == 4
    assert min(inside) > 0.5
    assert max(abs(a - b) for a, b in zip(inside, inside[1:], strict=False)) < 0.45
    assert len(set(names)) == 1


def test_masks_are_carried_along_between_searches():
    red = with_red(textured(2, 70), 20)
    square = torch.zeros(70, 70)
    square[20:50, 20:50] = 1
    layers = [Layer(grey(96)), Layer(red, square, pan(3))]
    frames, source = PlantedClip(layers, (96, 96), EVERY), Red()
    found, _ = masks_of(frames, source)
    assert source.asked == 2  # the style, and the first frame
    columns = [mask.mean(dim=0) for mask in found]
    middles = [float((c * torch.arange(96)).sum() / c.sum()) for c in columns]
    assert abs((middles[-1] - middles[0]) - 3 * (EVERY - 1)) < 2


def test_a_new_object_fades_in_and_stays_a_mask():
    ground = grey(96)
    frames = [ground] * EVERY + [with_red(ground, 30)] * (3 * EVERY)
    found, names = masks_of(frames, Red())
    inside = [float(mask[25:45, 35:55].mean()) for mask in found]
    assert inside[0] < 0.1 and inside[-1] > 0.8
    assert inside == sorted(inside) or max(inside) - inside[-1] < 0.05
    first = next(n for n, each in enumerate(names) if "thing" in each)
    assert all("thing" in each for each in names[first:])


def test_what_came_into_view_since_the_last_search_has_the_mask_found_there():
    """Not that of what was in front of it, which is blended in where one was sure."""
    ground = grey(96)
    masks, still = planted_painter(Red()).masks, torch.zeros(1, 2, 96, 96)
    _, _, state = masks(with_red(ground, 30), None, None)
    sure = torch.ones(1, 1, 96, 96)
    sure[..., 20:50, 30:60] = 0  # in the first step alone: the square has gone
    for _ in range(EVERY):
        content, _, state = masks(ground, state, Flow(still, sure))
        sure = torch.ones_like(sure)
    left = dict(zip(content.names, content.masks, strict=True)).get("thing")
    assert left is None or float(left[25:45, 35:55].mean()) < 0.3
