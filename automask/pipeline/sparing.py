"""Large pictures: memory that one part of a step frees goes back before the next.

glibc keeps freed blocks for later. The parts of a step want blocks of different sizes,
and what is kept between those in use adds up to as much as all that is in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from torch import Tensor

from automask.io.memory import release_code, release_memory, return_blocks
from stylize import Stylizer
from stylize.encoders.encoder import Wrapper

LARGE = 2**19  # px of a picture from which it is worth the milliseconds
BLOCK = 16  # MiB returned when freed; 8 take longer, 32 leave more behind
USUAL = 32  # MiB: the highest that glibc comes to by itself


def is_large(image: Tensor) -> bool:
    """Whether a (1, 3, H, W) picture is worth the milliseconds."""
    return image[0, 0].numel() >= LARGE


@contextmanager
def sparing(image: Tensor) -> Iterator[None]:
    """Hold on to little while a large (1, 3, H, W) picture is worked on."""
    if not is_large(image):
        yield
        return
    release_code()
    return_blocks(BLOCK)
    try:
        yield
    finally:
        return_blocks(USUAL)


def spared(stylizer: Any, image: Tensor) -> Any:
    """The stylizer; its steps hold on to little if the picture is large."""
    if not (isinstance(stylizer, Stylizer) and is_large(image)):
        return stylizer
    return replace(stylizer, encoder=SparingEncoder(stylizer.encoder))


class SparingEncoder(Wrapper):
    """An encoder that has memory released before and after each of its passes.

    Args:
        encoder: A network of ``stylize``.
    """

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations as the encoder has them."""
        release_memory()
        features = super().__call__(image, layers)
        release_memory()
        deepest = features.get(max(layers, default=""))
        if deepest is not None and deepest.requires_grad:
            deepest.register_hook(lambda slope: release_memory())  # before backward
        return features
