"""Fast networks: the file of each says in which style it paints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from automask.io.filenames import exists, hint
from automask.io.files import file_sha256, write_bytes
from automask.pipeline.style_spec import parts_of, source_of
from stylize.fast.net import FastNet

__all__ = ["fast_net"]
SHIPPED = Path(__file__).parents[1] / "weights"
PATTERN = "fast_*.safetensors"
TOLD = "fast_network"  # in a file's metadata, as JSON
STYLE, REGIONS = "style_sha256", "regions"  # in that


def fast_net(style: str | None = None, weights: str | None = None) -> FastNet:
    """The network that paints in a style.

    Args:
        style: As ``style=`` names it.
        weights: A file of ``scripts/train_fast.py``; None takes that of an embedded
            style.

    Raises:
        ValueError: If there is none for this style, or the file holds other things.
        OSError: If a file cannot be read.
    """
    typed = [style] if style and exists(style) else parts_of(style or "")
    if len(typed) > 1 or not style:
        raise ValueError(
            f"a fast network paints in one style, got {style or 'none'}; "
            "name one, as in style=monet, or choose stylizer=softmask"
        )
    wanted = file_sha256(source_of(style).path)
    own = Path(weights).expanduser() if weights else None
    if own is not None and not own.is_file():
        advice = hint(str(weights), "check its name")
        raise ValueError(f"no file '{weights}' of a fast network; {advice}")
    for file in [own] if own else sorted(SHIPPED.glob(PATTERN)):
        regions, sha256, state = read_net(file)
        if sha256 == wanted:
            return FastNet(regions, state)
    lacking = f"'{weights}' paints in another style than" if own else "none is of"
    raise ValueError(
        f"stylizer=fast needs a network of its style, and {lacking} '{style}'; train "
        f"one: python scripts/train_fast.py style={style} --out FILE.safetensors, "
        "and add stylizer.net.weights=FILE.safetensors"
    )


def read_net(file: Path) -> tuple[list[str], str, dict[str, Tensor]]:
    """Regions, SHA-256 of the style, and weights.

    Raises:
        ValueError: If it is no file of ``scripts/train_fast.py``.
    """
    try:
        with safe_open(file, "pt") as opened:
            told = json.loads((opened.metadata() or {})[TOLD])
            regions, sha256 = told[REGIONS], told[STYLE]
            state = {key: opened.get_tensor(key) for key in opened.keys()}
        FastNet(regions, state)
    except (SafetensorError, KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"'{file}' holds no fast network ({reason}); make one by "
            "scripts/train_fast.py"
        ) from None
    return regions, sha256, state


def write_net(
    file: Path, net: FastNet, style_sha256: str, more: Mapping[str, Any]
) -> None:
    """Write a network, float16, with what it is.

    Args:
        file: Written whole or not at all.
        net: The network.
        style_sha256: Of the style's file.
        more: For the metadata, such as how it was trained.

    Raises:
        OSError: If it cannot be written.
    """
    state = {key: value.half().contiguous() for key, value in net.state_dict().items()}
    told = {STYLE: style_sha256, REGIONS: net.regions, **more}
    write_bytes(file, save(state, {TOLD: json.dumps(told)}))
