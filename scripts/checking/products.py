"""Searches beside the device's plain matrix product, and pystiche's loss of patches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from benching.searches import maps, pystiche
from torch import Tensor

from checking.clock import check_room, forget_peak, lap, laps, peak_mib, settled
from checking.report import Report, Row
from stylize.matching.nearest import index_styles, nearest_patches

CHANNELS = {("lite", "relu3_1"): (64, 4), ("lite", "relu4_1"): (96, 8)}
CHANNELS |= {("vgg19", "relu3_1"): (256, 4), ("vgg19", "relu4_1"): (512, 8)}
"""Channels and stride by network and layer."""
MASKS, ROUNDS = 10, 5
PATCH = 9  # cells


def product_rate(device: torch.device, channels: int, dtype: torch.dtype) -> float:
    """Multiply-adds a second, times two, of the fastest product found."""
    rates = []
    for side in (1024, 4096, 16384) if device.type == "cuda" else (256, 1024):
        a = torch.randn(side, channels, device=device, dtype=dtype)
        b = torch.randn(channels, side, device=device, dtype=dtype)
        times = [lap(device, lambda a=a, b=b: a @ b) for _ in range(ROUNDS)]
        rates.append(2 * side * side * channels / min(times))
    return max(rates)


def search_row(
    report: Report, device: torch.device, network: str, layer: str, px: int
) -> Row:
    """Our search: seconds, and the part of them that the product over cells takes."""
    channels, stride = CHANNELS[network, layer]
    query, key = _on(device, maps(px, channels, stride, MASKS, 1))
    forget_peak(device)
    times = laps(device, lambda: nearest_patches(query, index_styles([key])), ROUNDS)
    seconds = settled(times)
    work = 2 * query[0].numel() * key[0].numel() * len(query)
    rates = {
        f"product_share_{name}": work
        / product_rate(device, len(query), dtype)
        / seconds
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    }
    return {"seconds": seconds, "peak_mib": peak_mib(device), **rates}


def peer_row(
    report: Report, device: torch.device, network: str, layer: str, px: int
) -> Row:
    """One search, loss and gradient: ours, and those of pystiche's MRF loss."""
    library = pystiche()
    channels, stride = CHANNELS[network, layer]
    query, key = _on(device, maps(px, channels, stride, 0, 1))
    cells = query[0].numel()
    check_room(device, 4 * (2 * PATCH * channels * cells + 2 * cells**2) / 2**20)
    image = query[None].clone().requires_grad_(True)
    target = library.extract_patches2d(key[None], 3, 1)

    def theirs() -> Tensor:
        patches = library.extract_patches2d(image, 3, 1)
        loss = library.loss.functional.mrf_loss(patches, target, batched_input=True)
        return torch.autograd.grad(loss, image)[0]

    forget_peak(device)
    times = laps(device, theirs, ROUNDS)
    peak = peak_mib(device)
    own = settled(
        laps(device, lambda: nearest_patches(query, index_styles([key])), ROUNDS)
    )
    seconds = settled(times)
    return {"seconds": seconds, "over_our_search": seconds / own, "peak_mib": peak}


def _on(
    device: torch.device, made: tuple[Tensor, Sequence[Tensor]]
) -> tuple[Tensor, Tensor]:
    query, (key,) = made
    return query.to(device), key.to(device)
