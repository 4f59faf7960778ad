"""What a run will take, said beforehand; and tiles where that is more than it may."""

from __future__ import annotations

import torch
from omegaconf import DictConfig
from stylize.forecast import Forecast, fitted, forecast, smallest
from stylize.probe import probe

from automask.io.memory import (
    available,
    peak,
    release_code,
    release_memory,
    resident,
)
from automask.pipeline.inputs import Masked
from stylize import Stylizer

SHARE = 0.6  # of what the machine has left, where no limit is given
SURE = 0.85  # of what a limit leaves to painting that a forecast may take up
GIBIBYTE = 1024  # MiB
SMALL = 640  # px; up to here painting takes less than the libraries, and the probe time


def planned(
    config: DictConfig, stylizer: Stylizer, shown: Masked, device: torch.device
) -> tuple[Stylizer, str]:
    """The stylizer, in tiles if the memory asks for them, and what it will take.

    Args:
        config: With ``hardware.memory``, the most resident memory of the process in
            MiB; None for a share of what the machine has left.
        stylizer: As configured.
        shown: What is to be painted.
        device: That paints; of a GPU's memory nothing is known here.

    Returns:
        The stylizer and a line; the line is empty where nothing can be said, or need
        not be: for a small picture without a limit.

    Raises:
        ValueError: If not even the smallest tiles fit.
    """
    given = config.hardware.get("memory")
    small = max(shown.content.shape[2:]) <= SMALL and not given
    if small or device.type != "cpu" or not isinstance(stylizer, Stylizer):
        return stylizer, ""
    content, styles = shown.pictures(device)
    release_code()
    found = probe(stylizer, content, styles)
    release_memory()  # what stays is also there while painting
    held = resident()
    limit = given or held + SHARE * available()
    chosen = fitted(stylizer, content, styles, found, SURE * (limit - held))
    if chosen is None or (given and peak() > given):
        least = forecast(smallest(stylizer, content), content, styles, found)
        needed = max(held + least.mebibytes / SURE, peak())
        raise ValueError(
            f"painting needs at least {needed:.0f} MiB, and hardware.memory allows "
            f"{limit:.0f}; raise it, or lower size"
        )
    return chosen, said(forecast(chosen, content, styles, found), held)


def said(taken: Forecast, held: float) -> str:
    """A line such as "Needs about 1.6 GiB and 12 min: 4 levels, 12 tiles"."""
    memory = max(held + taken.mebibytes, peak()) / GIBIBYTE
    parts = f"{taken.levels} level{'s' * (taken.levels > 1)}"
    if taken.tiles:
        parts += f", {taken.tiles} tiles"
    return f"Needs about {memory:.1f} GiB and {duration(taken.seconds)}: {parts}"


def duration(seconds: float) -> str:
    """To one or two digits, as sure as it is."""
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
