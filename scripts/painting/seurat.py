"""A river bank with sails and strollers in dots, in the manner of Georges Seurat."""

import cv2
import numpy as np

from painting.fields import Array, grid, noise, polygon, ramp
from painting.layers import Scene, jitter_colors, jittered_centres, paint_layer
from painting.plants import bush, foliage
from painting.strokes import Brush, Canvas, sample

HEIGHT, WIDTH = 544, 768
SHAPE = HEIGHT, WIDTH
PALETTE = np.array(
    [
        (0.99, 0.97, 0.90), (0.99, 0.90, 0.55), (0.98, 0.80, 0.25), (0.96, 0.60, 0.20),
        (0.93, 0.40, 0.22), (0.80, 0.20, 0.22), (0.96, 0.72, 0.66), (0.72, 0.34, 0.56),
        (0.52, 0.36, 0.66), (0.74, 0.66, 0.84), (0.16, 0.22, 0.56), (0.22, 0.40, 0.76),
        (0.46, 0.66, 0.88), (0.72, 0.86, 0.92), (0.08, 0.36, 0.40), (0.16, 0.50, 0.34),
        (0.42, 0.66, 0.28), (0.70, 0.80, 0.34), (0.88, 0.88, 0.46), (0.12, 0.12, 0.30),
    ],
    np.float32,
)  # fmt: skip
LEAVES = [
    (0.10, 0.16, 0.36), (0.10, 0.34, 0.36), (0.20, 0.50, 0.32), (0.52, 0.68, 0.30),
    (0.86, 0.84, 0.40),
]  # fmt: skip


def shore(rng: np.random.Generator) -> Scene:
    """Sky, far bank, river and the lawn with its bands of sun and shade."""
    x, y = grid(*SHAPE)
    sky = [(0.48, 0.66, 0.88), (0.76, 0.86, 0.90), (0.98, 0.92, 0.78)]
    color = ramp(np.clip(y / 150, 0, 1), sky)
    far = (y > 132 + 8 * np.sin(x / 50) + 5 * np.sin(x / 17)) & (y < 165)
    color[far] = ramp(
        (y - 120) / 45, [(0.42, 0.50, 0.74), (0.50, 0.68, 0.50), (0.90, 0.84, 0.52)]
    )[far]
    river = y > 165
    wave = 0.5 + 0.2 * noise(SHAPE, (90, 8), rng, 3) + 0.1 * np.sin(y / 4)
    color[river] = ramp(
        np.clip(wave, 0, 1),
        [
            (0.24, 0.40, 0.74),
            (0.42, 0.62, 0.86),
            (0.74, 0.84, 0.90),
            (0.97, 0.92, 0.82),
        ],
    )[river]
    edge = 205 + 0.00042 * np.maximum(700 - x, 0) ** 2
    lawn = y > edge
    sun = ramp(
        np.clip(0.55 + 0.12 * noise(SHAPE, 40, rng), 0, 1),
        [(0.46, 0.68, 0.28), (0.74, 0.80, 0.34), (0.94, 0.88, 0.46)],
    )
    color[lawn] = sun[lawn]
    color[lawn & (y < edge + 7)] = (0.94, 0.80, 0.58)
    shade = lawn & (
        y > 452 - 0.05 * x + 10 * np.sin(x / 60) + 5 * noise(SHAPE, 30, rng)
    )
    shade |= lawn & (((x - 610) / 190) ** 2 + ((y - 352 + 0.05 * x) / 22) ** 2 < 1)
    dusk = ramp(
        np.clip(0.5 + 0.2 * noise(SHAPE, 40, rng), 0, 1),
        [(0.12, 0.24, 0.44), (0.16, 0.42, 0.36), (0.30, 0.54, 0.34)],
    )
    color[shade] = dusk[shade]
    return Scene(color, (0.15 * np.sin(x / 60)).astype(np.float32))


def shape(scene: Scene, points: list, color: tuple, smooth: bool = True) -> None:
    """A figure's part: lit on the left, violet on the right, with a pale aura."""
    part = polygon(SHAPE, np.array(points, np.float32), smooth)
    x, _ = grid(*SHAPE)
    columns = np.nonzero(part.any(0))[0]
    across = (x - columns[0]) / max(1, columns[-1] - columns[0])
    aura = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 5)[..., None] * 0.45
    scene.color[:] = scene.color * (1 - aura) + np.float32((0.99, 0.93, 0.72)) * aura
    dark = np.array(color) * 0.55 + np.array((0.08, 0.04, 0.20))
    light = np.minimum(np.array(color) * 1.2 + (0.10, 0.07, 0.0), 1)
    scene.color[part] = ramp(np.clip(across, 0, 1), [light, color, dark])[part]


def sails(scene: Scene) -> None:
    """White sails on the river, each with its reflection."""
    for cx, foot, size, tint in (
        (90, 196, 62, (0.99, 0.95, 0.86)),
        (235, 186, 44, (0.98, 0.86, 0.66)),
        (345, 180, 30, (0.99, 0.95, 0.88)),
        (430, 176, 22, (0.96, 0.76, 0.62)),
    ):
        mirror = [
            (cx - 0.3 * size, foot + 6),
            (cx + 0.3 * size, foot + 6),
            (cx, foot + 0.8 * size),
        ]
        part = polygon(SHAPE, mirror, False)
        scene.color[part] = 0.5 * scene.color[part] + 0.5 * np.array(tint)
        shape(
            scene,
            [(cx, foot - size), (cx + 0.34 * size, foot), (cx - 0.05 * size, foot)],
            tint,
            False,
        )
        shape(
            scene,
            [
                (cx - 0.08 * size, foot - 0.9 * size),
                (cx - 0.1 * size, foot),
                (cx - 0.42 * size, foot),
            ],
            tint,
            False,
        )
        shape(
            scene,
            [
                (cx - 0.5 * size, foot + 1),
                (cx + 0.45 * size, foot + 1),
                (cx + 0.3 * size, foot + 7),
                (cx - 0.4 * size, foot + 7),
            ],
            (0.42, 0.24, 0.34),
            False,
        )


def stroller(
    scene: Scene, cx: float, foot: float, size: float, coat: tuple, shade: tuple
) -> None:
    """A lady in a bell skirt under a parasol, ``size`` px tall."""

    def at(points):
        return [(cx + size * u, foot - size * v) for u, v in points]

    x, y = grid(*SHAPE)
    cast = ((x - cx - 0.34 * size) / (0.5 * size)) ** 2 + (
        (y - foot) / (0.06 * size)
    ) ** 2
    scene.color[cast < 1] = (0.14, 0.26, 0.42)
    shape(
        scene,
        at(
            [
                (-0.17, 0),
                (0.22, 0),
                (0.24, 0.2),
                (0.2, 0.42),
                (0.08, 0.5),
                (-0.06, 0.5),
                (-0.11, 0.3),
            ]
        ),
        coat,
    )
    shape(
        scene,
        at(
            [
                (-0.07, 0.48),
                (0.08, 0.48),
                (0.09, 0.66),
                (0.05, 0.75),
                (-0.05, 0.75),
                (-0.09, 0.64),
            ]
        ),
        tuple(np.array(coat) * 0.85),
    )
    shape(
        scene,
        at([(-0.045, 0.75), (0.04, 0.75), (0.05, 0.84), (0, 0.88), (-0.055, 0.83)]),
        (0.96, 0.74, 0.60),
    )
    shape(
        scene,
        at([(-0.08, 0.85), (0.08, 0.85), (0.05, 0.92), (-0.04, 0.92)]),
        (0.46, 0.22, 0.36),
    )
    shape(
        scene,
        at([(-0.21, 0.6), (-0.20, 1.0), (-0.185, 1.0), (-0.19, 0.6)]),
        (0.30, 0.20, 0.34),
        False,
    )
    shape(
        scene,
        at(
            [
                (-0.44, 0.97),
                (-0.34, 1.08),
                (-0.19, 1.13),
                (-0.04, 1.08),
                (0.06, 0.97),
                (-0.19, 1.0),
            ]
        ),
        shade,
    )


def grove(scene: Scene, rng: np.random.Generator) -> None:
    """Two trunks on the right and the roof of leaves above the lawn."""
    for foot, lean, width in ((640, -22, 15), (726, 12, 20)):
        trunk = [
            (foot - width, 372),
            (foot + lean - width / 2, 60),
            (foot + lean + width / 2, 60),
            (foot + width, 372),
        ]
        shape(scene, trunk, (0.44, 0.30, 0.40), False)
    for cx, cy, rx, ry in ((640, 60, 130, 70), (745, 90, 80, 70), (545, 30, 80, 40)):
        foliage(scene, bush(cx, cy, rx, ry, rng), rng, colors=LEAVES)
    foliage(scene, bush(575, 196, 60, 20, rng), rng, colors=LEAVES)


def divide(colors: Array, rng: np.random.Generator) -> Array:
    """One pure pigment per dot (M, 3), so that many dots average to the colour.

    Noise before the choice spreads it over the pigments around a colour, and one
    dot in nine takes its complement's side, which makes its neighbours glow.
    """
    wanted = colors + rng.normal(0, 0.13, colors.shape)
    contrary = rng.random(len(colors)) < 0.11
    gray = colors.mean(1, keepdims=True)
    wanted[contrary] = (1.9 * gray - 0.9 * colors)[contrary]
    distance = ((wanted[:, None] - PALETTE[None]) ** 2).sum(-1)
    return 0.22 * colors + 0.78 * PALETTE[distance.argmin(1)]


def paint(rng: np.random.Generator) -> Array:
    """The picture (544, 768, 3) in [0, 1]."""
    scene = shore(rng)
    sails(scene)
    grove(scene, rng)
    for figure in (
        (250, 330, 74, (0.80, 0.30, 0.30), (0.98, 0.86, 0.60)),
        (430, 300, 62, (0.30, 0.40, 0.72), (0.96, 0.62, 0.46)),
        (500, 470, 216, (0.34, 0.24, 0.52), (0.93, 0.42, 0.24)),
        (120, 420, 100, (0.96, 0.80, 0.74), (0.46, 0.60, 0.84)),
    ):
        stroller(scene, *figure)
    canvas = Canvas(np.full_like(scene.color, (0.93, 0.86, 0.70)))
    paint_layer(canvas, scene, Brush(9, 16, 0.6, (0.02, 0.2, 0.05), wander=0.6), rng)
    for radius, spacing in ((3.3, 5.6), (2.7, 4.6), (2.3, 4.8)):
        centres = jittered_centres(SHAPE, spacing, rng)
        reference = cv2.GaussianBlur(scene.color, (0, 0), 0.8)
        colors = divide(sample(reference, centres), rng)
        colors = jitter_colors(np.clip(colors, 0, 1), (0.008, 0.06, 0.025), rng)
        sizes = radius * rng.uniform(0.8, 1.15, len(centres))
        for centre, size, color in zip(centres, sizes, colors, strict=True):
            canvas.dot(centre, size, color)
    return canvas.lit(0.5)
