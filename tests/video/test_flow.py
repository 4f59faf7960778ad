"""Motion between frames, and planes carried along it."""

from __future__ import annotations

import torch
from planted import smooth_picture
from planted_clips import Layer, PlantedClip, disc, pan, still, zoom

from automask.video.flow import (
    change,
    gain,
    motion,
    motions,
    through,
    warp,
    warp_smooth,
)
from automask.video.paint_layer import followed, laid


def textured(seed: int, side: int) -> torch.Tensor:
    """(1, 3, side, side) blots with finer ones on them."""
    fine = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))
    fine = torch.nn.functional.avg_pool2d(fine, 3, stride=1, padding=1)
    return (0.6 * smooth_picture(seed, side, side) + 0.4 * fine).clamp(0, 1)


def panned(**more) -> PlantedClip:
    return PlantedClip([Layer(textured(1, 160), motion=pan(-1.4, 0.6))], (96, 96), 3)


def test_the_planted_flow_leads_each_pixel_to_where_it_was():
    clip = PlantedClip(
        [
            Layer(textured(1, 160), motion=zoom(1.02)),
            Layer(textured(2, 60), disc(60, 60, 20), pan(2.5)),
        ],
        (96, 96),
        6,
    )
    seen = clip.visible(4, 2)
    missed = (warp(clip[2], clip.flow(4, 2)) - clip[4]).abs().amax(dim=1)[0]
    assert float(missed[seen].mean()) < 0.01
    assert 0.02 < float((~seen).float().mean()) < 0.3


def test_a_pan_is_found_to_a_tenth_of_a_pixel():
    clip = panned()
    flow = motion(clip[2], clip[1])
    sure = flow.confidence[0, 0] > 0.5
    missed = (flow.vectors - clip.flow(2, 1)).norm(dim=1)[0]
    assert float(missed[sure].mean()) < 0.1
    assert float(sure.float().mean()) > 0.85


def test_what_came_into_view_is_unsure():
    clip = PlantedClip(
        [
            Layer(textured(1, 120), motion=still),
            Layer(textured(2, 50), disc(50, 50, 20), pan(4)),
        ],
        (96, 96),
        3,
    )
    sure = motion(clip[2], clip[1]).confidence[0, 0]
    behind = ~clip.visible(2, 1) & (clip.top(2) == 0)
    far = torch.zeros_like(behind)
    far[:15] = True
    assert float(sure[behind].mean()) < 0.4 < 0.95 < float(sure[far].mean())


def test_nothing_moves_where_frames_are_alike():
    still_frame = textured(3, 64)
    changed = still_frame.clone()
    changed[..., 40:, 40:] = textured(4, 64)[..., 40:, 40:]
    flow = motion(changed, still_frame)
    assert not flow.vectors[..., :25, :25].any()
    assert (flow.confidence[..., :25, :25] == 1).all()
    assert flow.confidence[..., 45:60, 45:60].mean() < 0.3
    assert torch.equal(
        warp(changed, flow.vectors)[..., :25, :25], changed[..., :25, :25]
    )


def test_two_motions_in_a_row_are_one():
    clip = panned()
    there = through(motion(clip[2], clip[1]), motion(clip[1], clip[0]))
    sure = there.confidence[0, 0] > 0.5
    missed = (there.vectors - clip.flow(2, 0)).norm(dim=1)[0]
    assert float(missed[sure].mean()) < 0.2


def test_what_has_no_texture_behind_a_slow_edge_is_known_to_be_stretched():
    """There both ways agree and the colours do, yet it was not seen before."""
    flat = torch.full((1, 3, 140, 140), 0.6)
    flat[..., :40] = textured(1, 140)[..., :40]
    clip = PlantedClip(
        [Layer(flat), Layer(textured(2, 50), disc(50, 50, 20), pan(1.2))], (96, 96), 8
    )
    layer, sure = laid(clip[0], clip[0]), torch.ones(96, 96)
    for n in range(1, 8):
        layer, flow = followed(layer, clip[n], motion(clip[n], clip[n - 1]))
        before = warp_smooth(sure[None, None], flow.vectors)[0, 0]
        sure = torch.minimum(before, flow.confidence[0, 0])
    uncovered = (clip.top(0) == 1) & (clip.top(7) == 0)
    inner = disc(96, 96, 12).roll(8, 1) > 0  # of what moves, which was seen all along
    kept = (sure > 0.5) & (layer.stretch < 1.1)
    assert float(kept[uncovered].float().mean()) < 0.3
    assert float(kept[inner].float().mean()) > 0.8


def test_what_has_no_texture_moves_as_what_is_around_it():
    """By itself it might be thought to move anyhow; all of it is known all the same."""
    flat = textured(1, 160)
    flat[..., 50:110, 50:110] = 0.5 + 0.004 * textured(3, 60)
    clip = PlantedClip([Layer(flat, motion=pan(-2.2, 1.3))], (96, 96), 3)
    noise = [0.01 * (textured(5 + n, 96) - 0.5) for n in range(3)]
    flow = motion((clip[2] + noise[2]).clamp(0, 1), (clip[1] + noise[1]).clamp(0, 1))
    inner = (..., slice(8, 84), slice(8, 84))
    missed = (flow.vectors - clip.flow(2, 1)).norm(dim=1)[inner]
    assert float((flow.confidence[0, 0][inner] > 0.5).float().mean()) > 0.95
    assert float(missed.mean()) < 0.4


def test_in_a_dull_frame_a_small_difference_counts():
    bright = textured(1, 64)
    other = bright.clone()
    other[..., 20:40, 20:40] += 0.04
    dull, dull_other = (0.3 + 0.2 * image for image in (bright, other))
    assert float(change(dull_other, dull).max()) > 1.5 * 0.2 * 0.04
    assert gain(bright) < gain(dull) <= 3


def test_motions_lead_there_and_back():
    clip = panned()
    back, ahead = motions(clip[2], clip[1])
    assert torch.equal(back.vectors, motion(clip[2], clip[1]).vectors)
    other = motion(clip[1], clip[2]).vectors
    assert float((ahead.vectors - other).abs().mean()) < 0.05
    inner = (..., slice(8, 88), slice(8, 88))
    returned = back.vectors + warp_smooth(ahead.vectors, back.vectors)
    assert float(returned[inner].abs().mean()) < 0.1
