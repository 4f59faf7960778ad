"""Weights of the small networks that ship, float16 in safetensors files."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

Net = TypeVar("Net", bound=nn.Module)


def loaded(net: Net, path: Path, what: str, script: str, source: str) -> Net:
    """A network with the weights of a file, frozen.

    Args:
        net: Untrained.
        path: The file.
        what: What its weights are of, for the error.
        script: What makes them.
        source: The mask source that uses them.

    Raises:
        ValueError: If the file holds other things.
    """
    try:
        net.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{path} holds no weights of {what} ({reason}): make them by "
            f"scripts/{script}, or set masks.sources.{source}.weights=null"
        ) from None
    net = net.to(memory_format=torch.channels_last)  # twice as fast on a CPU
    return net.eval().requires_grad_(False)
