"""VGG-19 as torchvision has it: what it costs without any of our own code."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.models.vgg import cfgs, make_layers

from stylize import VGG19
from stylize.encoders.encoder import Wrapper

LAYERS = {11: "relu3_1", 20: "relu4_1"}  # by their place among torchvision's


class Plain(Wrapper):
    """Its layers up to relu4_1 with the weights of ours; zeros pad them, as there.

    Args:
        encoder: Ours.
    """

    def __init__(self, encoder: VGG19) -> None:
        super().__init__(encoder)
        self.layers = make_layers(cfgs["E"])[: max(LAYERS) + 1].requires_grad_(False)
        convolutions = [x for x in self.layers if isinstance(x, torch.nn.Conv2d)]
        ours = encoder.state_dict()
        weights = [key for key in ours if key.endswith("_weight")]
        for convolution, key in zip(convolutions, weights, strict=False):
            convolution.weight.copy_(ours[key])
            assert convolution.bias is not None
            convolution.bias.copy_(ours[key.removesuffix("_weight") + "_bias"])

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """(1, C, h, w) by layer for a (1, 3, H, W) image."""
        x, found = image, {}
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number in LAYERS:
                found[LAYERS[number]] = x
        return {layer: found[layer] for layer in layers}
