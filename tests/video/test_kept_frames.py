"""Frames that are kept while a piece is painted."""

from __future__ import annotations

import torch
from planted_film import InMemory

from automask.video.flow import Flow
from automask.video.kept_frames import CarriedFrame, carried_frame, rounded

SIDE = 12


def test_a_kept_frame_comes_back_but_for_what_rounding_takes():
    draw = torch.Generator().manual_seed(1)
    vectors = 80 * torch.rand(1, 2, SIDE, SIDE, generator=draw) - 40
    shares = torch.rand(3, SIDE, SIDE, generator=draw)
    image = torch.rand(1, 3, SIDE, SIDE, generator=draw)
    flow = Flow(vectors, shares[2][None, None])
    kept = InMemory()
    CarriedFrame(image, shares[0], shares[1], flow).save(kept, 5)
    again = carried_frame(kept, 5)
    assert torch.equal(again.image, rounded(image))
    assert float((again.image - image).abs().max()) < 1e-5
    assert float((again.ahead.vectors - vectors).abs().max()) <= 1 / 64
    for one, other in ((again.unpainted, shares[0]), (again.unlike, shares[1])):
        assert float((one - other).abs().max()) <= 0.51 / 255
    assert all(value.dtype != torch.float32 for value in kept["frame 5"].values())
