"""VGG-19 as torchvision has it: what a pass costs without any of our own code."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torchvision.models.vgg import cfgs, make_layers

LAYERS = {11: "relu3_1", 20: "relu4_1"}  # by their place among torchvision's


class Plain:
    """Its layers up to relu4_1 with random weights: their values cost nothing."""

    def __init__(self) -> None:
        layers = make_layers(cfgs["E"])
        self.layers = layers[: max(LAYERS) + 1].requires_grad_(False)

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """(1, C, h, w) by layer for a (1, 3, H, W) image."""
        x, found = image, {}
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number in LAYERS:
                found[LAYERS[number]] = x
        return {layer: found[layer] for layer in layers}
