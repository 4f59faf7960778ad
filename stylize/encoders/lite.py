"""A small network of our own that answers as VGG-19's relu3_1 and relu4_1 do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylize.encoders.encoder import check_layers
from stylize.encoders.frozen_layers import conv_silu, mean_pool, silu

CHANNELS = {"relu3_1": 64, "relu4_1": 96}  # that answer as VGG-19's do
STRIDES = {"stage1": 2, "stage2": 2, "relu3_1": 4, "relu4_1": 8}
RADII = {"stage1": 1, "stage2": 3, "relu3_1": 11, "relu4_1": 27}


class Stage(nn.ModuleList):
    """3×3 convolutions at one size; those that keep the channels add to their input.

    Args:
        inputs: Channels.
        outputs: Channels of each convolution.
    """

    def __init__(self, inputs: int, *outputs: int) -> None:
        pairs = zip((inputs, *outputs[:-1]), outputs, strict=True)
        super().__init__(nn.Conv2d(a, b, 3) for a, b in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to as many cells of the last convolution's channels."""
        for convolution in self:
            assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
            x = conv_silu(x, convolution.weight, convolution.bias)
        return x


class Lite(nn.Module):
    """Encoder distilled from VGG-19 (Simonyan & Zisserman 2015).

    Its two outputs, named for the layers they stand for, are VGG's activations
    projected on their principal directions. An orthogonal projection keeps cosines,
    so it finds the matches that VGG finds. Two more, ``stage1`` and ``stage2``, are the
    network's own first stages: no layer of VGG's was their teacher, yet the finest
    texture is in them. Means instead of maxima pool and no unit has a kink, so that
    nothing an image is optimised through leaves a grid. Colour is seen at half the
    resolution, smoothly, as JPEG stores it: what the network is blind to it cannot fill
    with noise.

    Args:
        weights: As :meth:`state_dict` names them, of any floating type; None leaves
            random ones, to be trained.
        name: For the record.
        sha256: Of the file that the weights came from, for the record.

    Raises:
        ValueError: If a weight is missing or has another shape.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor] | None = None,
        *,
        name: str = "lite",
        sha256: str = "",
    ) -> None:
        super().__init__()
        self.name, self.sha256 = name, sha256
        self.grey = nn.Conv2d(1, 8, 3)
        self.halves = Stage(8 + 3, 32)  # where colour joins
        self.quarters = Stage(32, 64, 64)
        self.eighths = Stage(64, 128, 128)
        self.relu3_1 = nn.Linear(64, CHANNELS["relu3_1"])
        self.relu4_1 = nn.Linear(128, CHANNELS["relu4_1"])
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        blur = torch.outer(taps, taps).expand(3, 1, 4, 4).contiguous()
        self.register_buffer("blur", blur, persistent=False)
        if weights is not None:
            self._load(weights)
        self.to(memory_format=torch.channels_last)

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""
        check_layers([layer], STRIDES)
        return STRIDES[layer]

    def radius(self, layer: str) -> int:
        """Radius of the receptive field, px: what a cell sees around those under it."""
        check_layers([layer], STRIDES)
        return RADII[layer]

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Stand-ins for ``relu3_1`` and ``relu4_1``, of either sign, and early stages.

        Args:
            image: (B, 3, H, W) sRGB in [0, 1].
            layers: Those wanted.

        Returns:
            (B, C, H / stride, W / stride) by name; C is 11, 32, 64 and 96.

        Raises:
            ValueError: For an unknown layer.
        """
        check_layers(layers, STRIDES)
        stage1 = self._stage1(image)
        stage2 = self.halves(stage1)
        features = {"stage1": stage1, "stage2": stage2}
        if "relu3_1" in layers or "relu4_1" in layers:
            x = self.quarters(mean_pool(stage2))
            features["relu3_1"] = _mixed(self.relu3_1, x)
        if "relu4_1" in layers:
            x = self.eighths(mean_pool(x))
            features["relu4_1"] = _mixed(self.relu4_1, x)
        return {layer: features[layer] for layer in layers}

    def trunk(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 64, H / 4, W / 4) and (B, 128, H / 8, W / 8) before the last layers."""
        fourth = self.quarters(mean_pool(self.halves(self._stage1(image))))
        return fourth, self.eighths(mean_pool(fourth))

    def _stage1(self, image: Tensor) -> Tensor:
        """(B, 11, H / 2, W / 2) edges of the grey image, and its colour."""
        image = 4 * (image.contiguous(memory_format=torch.channels_last) - 0.5)
        # The plain mean of R, G, B: its gradient is grey, that of luma would be green.
        weight = self.grey.weight.expand(-1, 3, -1, -1) / 3
        image = F.pad(image, (1, 1, 1, 1), mode="reflect")
        activate = F.silu if self.grey.weight.requires_grad else silu
        edges = mean_pool(activate(F.conv2d(image, weight, self.grey.bias)))
        colour = F.conv2d(image, self.get_buffer("blur"), stride=2, groups=3)
        return torch.cat([edges, colour], dim=1)

    def _load(self, weights: Mapping[str, Tensor]) -> None:
        for key, own in self.state_dict().items():
            given = weights.get(key)
            if given is None:
                raise ValueError(f"the weights lack {key}: not an encoder of this kind")
            if given.shape != own.shape:
                raise ValueError(
                    f"{key} has shape {tuple(own.shape)}, got {tuple(given.shape)}"
                )
        self.load_state_dict({key: w.float() for key, w in weights.items()})
        self.requires_grad_(False).eval()


def _mixed(head: nn.Linear, x: Tensor) -> Tensor:
    """A 1×1 convolution, as the matrix product that runs faster."""
    mixed: Tensor = head(x.permute(0, 2, 3, 1))
    return mixed.permute(0, 3, 1, 2)
