"""Terms of the energy; each prepares an objective for one level of the pyramid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.functional import emphasised, feature_distance, total_variation
from stylize.matching.carrying import LayerMatches
from stylize.matching.hold import structure
from stylize.matching.mask_guidance import UnderRepresented
from stylize.matching.schedule import Refresh
from stylize.ranges import check_weight
from stylize.state import State

Loss = Callable[[Encoded, int], Tensor]
"""From the encoded image and the step's number to a scalar, the weight included."""


class Matches(Protocol):
    """The matches of a term that compares patches.

    Attributes:
        refresh: When they are searched anew; may be set before the first step.
    """

    refresh: Refresh

    @property
    def searches(self) -> float:
        """Exact searches so far; searches of some rows add up to whole ones."""

    def crossing(self) -> dict[str, float]:
        """Share of matches that cross a mask border, by layer."""

    def under_represented(self) -> dict[str, tuple[UnderRepresented, ...]]:
        """Regions that the styles show too little of, by layer."""

    def carry_on(
        self,
        current: Encoded,
        last: Mapping[str, LayerMatches],
        vectors: Tensor,
        new: Tensor,
    ) -> None:
        """Before the first step, go on with the last picture's along a motion."""

    def carried(self) -> dict[str, LayerMatches]:
        """Those for the next picture."""

    def voted(self, current: Encoded, share: float) -> Tensor:
        """The picture, (1, 3, H, W), a share of the way to what its matches vote for.

        Called before the first step, it searches for them.
        """

    def finish(self, current: Encoded) -> Tensor:
        """The picture, (1, 3, H, W) in [0, 1], with the strokes of its matches."""

    def state_dict(self) -> State:
        """What the next step depends on."""

    def load_state_dict(self, state: State) -> None:
        """Go on from there."""


@dataclass(frozen=True)
class Objective:
    """A term bound to what it compares at one level.

    Args:
        loss: Weighted.
        matches: Of a term that compares patches.
    """

    loss: Loss
    matches: Matches | None = None


class Term(Protocol):
    """A part of the energy."""

    @property
    def layers(self) -> Sequence[str]:
        """Layers of the encoder that the objective reads."""

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Bind what stays fixed over one level of the pyramid.

        Args:
            content: At the level's size, like the styles.
            styles: With the content's masks.
        """


@dataclass(frozen=True)
class Content:
    """Distance to the content's activations (Zhao et al. 2017, Eq. 5).

    Args:
        weight: Of the mean squared difference relative to the content's mean square.
        layers: Such as ``relu4_1``; layers add up.
        emphasis: What a cell counts by the name of the mask that it lies in, beyond the
            paper: an error ruins an eye and is not seen in a sky. Masks without a
            counterpart in the styles count too; of several masks the last one decides.
        structure: Beyond the paper: a cell counts fully where the cells around it vary
            by this share of the whole content's variance, and less where the content
            is smooth, so that strokes are free there. 0 counts all alike.
    """

    weight: float
    layers: Sequence[str]
    emphasis: dict[str, float] = field(default_factory=dict)
    structure: float = 0.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_weight("structure", self.structure)
        for name, weight in self.emphasis.items():
            check_weight(f"emphasis of {name}", weight)

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Keep the content's activations, and what each cell counts."""
        weights = {
            layer: emphasised(
                content.cell_masks(layer),
                self.emphasis,
                structure(content, layer, self.structure),
            )
            for layer in self.layers
        }
        targets = {layer: content.features[layer] for layer in self.layers}
        squares = {layer: content.mean_square(layer) for layer in self.layers}

        def loss(current: Encoded, step: int) -> Tensor:
            distances = [
                feature_distance(
                    current.features[layer], target, weights[layer], squares[layer]
                )
                for layer, target in targets.items()
            ]
            return self.weight * sum(distances, current.image.new_zeros(()))

        return Objective(loss)


@dataclass(frozen=True)
class TotalVariation:
    """Smoothness of the image.

    Args:
        weight: Of the mean squared difference of neighbouring pixels in [0, 1].
    """

    weight: float
    layers: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Nothing to bind."""
        return Objective(
            lambda current, step: self.weight * total_variation(current.image)
        )
