"""Wide and high-dynamic-range colours as sRGB shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BT2020, PQ, HLG = 9, 16, 18  # as ITU-T H.273 counts primaries and transfers
KINDS = {PQ: "PQ", HLG: "HLG"}
WHITE = 203.0  # cd/m^2 of diffuse white (ITU-R BT.2408)
PEAK = 1000.0  # cd/m^2 of the screen that HLG is shown on
KNEE = 0.8  # of white: what is brighter is compressed, up to PEAK
TO_BT709 = np.array(  # of linear BT.2020 (ITU-R BT.2087)
    [
        [1.660491, -0.587641, -0.072850],
        [-0.124550, 1.132900, -0.008349],
        [-0.018151, -0.100579, 1.118730],
    ],
    np.float32,
)
LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)  # of BT.2020

Colors = NDArray[np.float32]
"""(H, W, 3)."""


def shown_in_srgb(codes: NDArray[Any], transfer: int) -> NDArray[np.uint16]:
    """Pixels with the primaries of BT.2020 as sRGB.

    Args:
        codes: (H, W, 3) of 16 bits.
        transfer: Of ITU-T H.273: PQ, HLG, or one of a usual screen.

    Returns:
        (H, W, 3); colours that sRGB has not are clipped.
    """
    seen = np.asarray(codes / 65535, np.float32)
    if transfer == PQ:
        linear = _dimmed(_pq(seen) / WHITE)
    elif transfer == HLG:
        linear = _dimmed(_hlg(seen) / WHITE)
    else:  # encoded as sRGB is, near enough, as BT.709 is taken too
        linear = np.where(
            seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4
        )
    linear = np.clip(linear @ TO_BT709.T, 0, 1)
    encoded = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    shown: NDArray[np.uint16] = (encoded * 65535 + 0.5).astype(np.uint16)
    return shown


def _pq(seen: Colors) -> Colors:
    """Light in cd/m^2 (SMPTE ST 2084)."""
    root = seen ** np.float32(1 / 78.84375)
    light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10000 * light ** np.float32(1 / 0.1593017578125), np.float32)


def _hlg(seen: Colors) -> Colors:
    """Light in cd/m^2 of a screen that reaches PEAK (ITU-R BT.2100)."""
    bright = (np.exp((seen - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = np.where(seen <= 0.5, seen**2 / 3, bright).astype(np.float32)
    luma = (scene @ LUMA)[..., None]
    return np.asarray(PEAK * scene * np.maximum(luma, 1e-6) ** 0.2, np.float32)


def _dimmed(light: Colors) -> Colors:
    """Highlights compressed into [KNEE, 1], with their hue; 1 is diffuse white."""
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    over, room = np.maximum(most - KNEE, 0), 1 - KNEE
    span = PEAK / WHITE - KNEE
    bent = over * (1 + over * room / span**2) / (1 + over / room)
    return np.asarray(light * (np.minimum(most, KNEE) + bent) / most, np.float32)
