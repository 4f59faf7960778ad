"""What the page says about keys and pictures, in plain words and in one place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """How a key is shown.

    Args:
        label: Its name.
        help: What it does.
        choices: Names of the words it may be.
        most: Largest number that is of use; None: as large as the key allows.
        step: From one number to the next.
    """

    label: str
    help: str
    choices: dict[str, str] = field(default_factory=dict)
    most: float | None = None
    step: float | None = None


KEYS = {
    "stylizer": Words(
        "Method",
        "How the picture is painted.",
        {
            "softmask": "Patches guided by masks",
            "fast": "At once (styles that come along)",
            "fast_luminance": "At once, in the photograph's colours",
            "cnnmrf": "Patches without masks",
            "gram": "Textures of the whole painting",
            "guided_gram": "Textures, region by region",
            "guided_mean": "Averages, region by region",
            "scale_mix": "Fine and coarse strokes mixed",
            "photo": "Photorealistic",
            "color_transfer": "Colours alone",
        },
    ),
    "quality": Words(
        "Quality",
        "How long to paint: a preview takes half the time, the best twice as long.",
        {"preview": "Quick", "normal": "Normal", "best": "Best"},
    ),
    "size": Words(
        "Size",
        "Longer side of the picture in pixels. Twice the size takes about four times "
        "as long.",
        {"own": "As the photograph"},
        step=32,
    ),
    "strength": Words(
        "Style strength",
        "How much of the style there is: 0 is the photograph, 1 all of the style.",
        step=0.05,
    ),
    "gamma": Words(
        "Weight of the masks",
        "How strictly each region is painted from its own region of the painting. 15 "
        "to 35 is useful; 0 ignores the masks.",
        most=100,
        step=1,
    ),
    "k": Words(
        "Kinds of regions",
        "How many kinds of objects are told apart at most, the largest first.",
        most=20,
        step=1,
    ),
    "hold": Words(
        "Keep the content",
        "How closely the photograph's shapes are kept.",
        {"auto": "Automatic"},
        step=0.05,
    ),
    "style_scale": Words(
        "Size of the strokes",
        "How large the painting is laid beside the photograph: above 1 strokes are "
        "broader. Automatic makes faces equally large.",
        {"auto": "Automatic", "own": "The painting's own pixels"},
        step=0.05,
    ),
    "color": Words(
        "Colours",
        "Where the colours come from.",
        {
            "regions": "The painting's, region by region",
            "distribution": "The painting's, as a whole",
            "filtered": "The painting's, smoothly",
            "match": "The painting's, on average",
            "luminance": "The photograph's",
            "none": "As they come",
        },
    ),
    "seed": Words(
        "Seed", "Another number gives another picture where chance is used.", step=1
    ),
}
"""The keys that the page sets, in its order."""

SAMPLES = {
    "astronaut": "An astronaut (NASA, public domain)",
    "chelsea": "A cat (Stéfan van der Walt, CC0)",
    "coffee": "A cup of coffee (Rachel Michetti, CC0)",
    "rocket": "A rocket at night (SpaceX, CC0)",
}
"""Photographs that come along."""
