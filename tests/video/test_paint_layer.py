"""Paint that moves with what it was laid on."""

from __future__ import annotations

import torch
from planted import noise
from planted_clips import Layer, PlantedClip, pan
from test_flow import textured

from automask.video.flow import Flow, motion, warp
from automask.video.paint_layer import followed, laid, moved, repainted

SIDE = 64


def fine(image: torch.Tensor) -> float:
    """Mean size of the finest detail."""
    return float((image[..., 1:] - image[..., :-1]).abs().mean())


def test_paint_that_is_carried_far_is_as_sharp_as_after_one_step():
    paint = noise(side=SIDE)
    layer = once = laid(paint, paint)
    step = torch.full((1, 2, SIDE, SIDE), 0.3)
    carried = paint
    for number in range(20):
        layer, carried = moved(layer, step), warp(carried, step)
        once = layer if not number else once
    middle = (..., slice(20, 44), slice(20, 44))
    assert fine(layer.painting[middle]) > 0.9 * fine(once.painting[middle])
    assert fine(carried[middle]) < 0.8 * fine(once.painting[middle])


def test_what_does_not_move_stays_to_the_last_bit():
    paint, frame = noise(1, SIDE), noise(2, SIDE)
    vectors = torch.zeros(1, 2, SIDE, SIDE)
    vectors[..., 40:, :] = 0.7
    layer = moved(laid(paint, frame), vectors)
    assert torch.equal(layer.painting[..., :40, :], paint[..., :40, :])
    assert not torch.equal(layer.painting[..., 40:, :], paint[..., 40:, :])


def test_what_went_astray_comes_back_to_what_it_was_laid_on():
    clip = PlantedClip([Layer(textured(1, 160), motion=pan(1.0))], (96, 96), 2)
    layer = laid(clip[0], clip[0])
    wrong = motion(clip[1], clip[0])
    astray = Flow(wrong.vectors + 0.8, wrong.confidence)
    middle = (..., slice(20, 76), slice(20, 76))
    exact, missed = clip.flow(1, 0), []
    for _ in range(4):
        layer, flow = followed(layer, clip[1], astray)
        missed.append(float((layer.coats[0].motion - exact)[middle].abs().mean()))
        astray = Flow(torch.full_like(exact, 1e-6), wrong.confidence)
    assert missed[-1] < 0.15 < 0.35 < missed[0]


def test_what_was_painted_again_is_carried_on():
    paint, frame, new = noise(1, SIDE), noise(2, SIDE), noise(3, SIDE)
    free = torch.zeros(SIDE, SIDE)
    free[:, 30:] = 1
    painting = torch.lerp(paint, new, free)
    layer = repainted(laid(paint, frame), painting, frame, free, coat=False)
    step = torch.zeros(1, 2, SIDE, SIDE)
    step[:, 0] = 1
    layer = moved(layer, step)
    expected = painting.roll(-1, 3)[..., 3:-4]
    assert (layer.painting[..., 3:-4] - expected).abs().max() < 1e-4
