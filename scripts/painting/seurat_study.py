"""A river bank with sails and strollers in dots, in the manner of Georges Seurat."""

import cv2
import numpy as np

from painting.brushwork import Brush, Canvas, sample
from painting.fields import Array, drawing, grid, inks, mix, noise, polygon, ramp, table
from painting.layers import (
    Scene,
    jitter_colors,
    jittered_centres,
    nearest_pigments,
    paint_layer,
)
from painting.plants import bush, foliage

COLORS, _, _ = drawing("seurat")

SHAPE = 544, 768
PALETTE = np.float32(COLORS["palette"])
SUN, DUSK = inks("46,68,28 74,80,34 94,88,46"), inks("12,24,44 16,42,36 30,54,34")
LADY = (  # outline, in heights beside and above her foot; colour, or coat or parasol
    (table("-.17,0 .22,0 .24,.2 .2,.42 .08,.5 -.06,.5 -.11,.3"), "coat"),
    (table("-.07,.48 .08,.48 .09,.66 .05,.75 -.05,.75 -.09,.64"), "bodice"),
    (table("-.045,.75 .04,.75 .05,.84 0,.88 -.055,.83"), (0.96, 0.74, 0.60)),
    (table("-.08,.85 .08,.85 .05,.92 -.04,.92"), (0.46, 0.22, 0.36)),
    (table("-.21,.6 -.20,1 -.185,1 -.19,.6"), (0.30, 0.20, 0.34)),
    (table("-.44,.97 -.34,1.08 -.19,1.13 -.04,1.08 .06,.97 -.19,1"), "parasol"),
)
STICK = 4  # the part of her that has no round outline
STROLLERS = (  # x and y of the foot, height, colours of coat and parasol
    (250, 330, 74, (0.80, 0.30, 0.30), (0.98, 0.86, 0.60)),
    (430, 300, 62, (0.30, 0.40, 0.72), (0.96, 0.62, 0.46)),
    (500, 470, 216, (0.34, 0.24, 0.52), (0.93, 0.42, 0.24)),
    (120, 420, 100, (0.96, 0.80, 0.74), (0.46, 0.60, 0.84)),
)
SAILS = (  # x, y of the foot, height, colour
    (90, 196, 62, (0.99, 0.95, 0.86)),
    (235, 186, 44, (0.98, 0.86, 0.66)),
    (345, 180, 30, (0.99, 0.95, 0.88)),
    (430, 176, 22, (0.96, 0.76, 0.62)),
)


def shore(rng: np.random.Generator) -> Scene:
    """Sky, far bank, river and the lawn with its bands of sun and shade."""
    x, y = grid(*SHAPE)
    scene = Scene(
        ramp(y / 150, COLORS["sky"]), (0.15 * np.sin(x / 60)).astype(np.float32)
    )
    far = (y > 132 + 8 * np.sin(x / 50) + 5 * np.sin(x / 17)) & (y < 165)
    scene.lay(far, (y - 120) / 45, COLORS["far"])
    wave = 0.5 + 0.2 * noise(SHAPE, (90, 8), rng, 3) + 0.1 * np.sin(y / 4)
    scene.lay(y > 165, wave, COLORS["river"])
    edge = 205 + 0.00042 * np.maximum(700 - x, 0) ** 2
    lawn = y > edge
    scene.lay(lawn, 0.55 + 0.12 * noise(SHAPE, 40, rng), SUN)
    scene.color[lawn & (y < edge + 7)] = (0.94, 0.80, 0.58)
    front = 452 - 0.05 * x + 10 * np.sin(x / 60) + 5 * noise(SHAPE, 30, rng)
    tree = ((x - 610) / 190) ** 2 + ((y - 352 + 0.05 * x) / 22) ** 2 < 1
    shade = lawn & ((y > front) | tree)
    scene.lay(shade, 0.5 + 0.2 * noise(SHAPE, 40, rng), DUSK)
    return scene


def shape(scene: Scene, points, color: tuple, smooth: bool = True) -> None:
    """A figure's part: lit on the left, violet on the right, with a pale aura."""
    part = polygon(SHAPE, np.array(points, np.float32), smooth)
    x, _ = grid(*SHAPE)
    columns = np.nonzero(part.any(0))[0]
    across = (x - columns[0]) / max(1, columns[-1] - columns[0])
    aura = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 5) * 0.45
    scene.color[:] = mix(scene.color, (0.99, 0.93, 0.72), aura)
    dark = np.array(color) * 0.55 + np.array((0.08, 0.04, 0.20))
    light = np.minimum(np.array(color) * 1.2 + (0.10, 0.07, 0.0), 1)
    scene.lay(part, across, [light, color, dark])


def sails(scene: Scene) -> None:
    """White sails on the river, each with its hull and its reflection."""
    for cx, foot, size, tint in SAILS:

        def at(text: str, drop=((0, 0),), place=(cx, foot), size=size) -> Array:
            return np.add(place, size * table(text)) + drop

        part = polygon(SHAPE, at("-.3,0 .3,0 0,.8", ((0, 6), (0, 6), (0, 0))), False)
        scene.color[part] = 0.5 * scene.color[part] + 0.5 * np.array(tint)
        shape(scene, at("0,-1 .34,0 -.05,0"), tint, False)
        shape(scene, at("-.08,-.9 -.1,0 -.42,0"), tint, False)
        hull = at("-.5,0 .45,0 .3,0 -.4,0", ((0, 1), (0, 1), (0, 7), (0, 7)))
        shape(scene, hull, (0.42, 0.24, 0.34), False)


def stroller(
    scene: Scene, cx: float, foot: float, size: float, coat: tuple, shade: tuple
) -> None:
    """A lady in a bell skirt under a parasol, ``size`` px tall."""
    x, y = grid(*SHAPE)
    along, across = (x - cx - 0.34 * size) / (0.5 * size), (y - foot) / (0.06 * size)
    scene.color[along**2 + across**2 < 1] = (0.14, 0.26, 0.42)  # the shadow she casts
    own = {"coat": coat, "bodice": tuple(np.array(coat) * 0.85), "parasol": shade}
    for number, (outline, color) in enumerate(LADY):
        points = (cx, foot) + size * outline * (1, -1)
        shape(scene, points, own.get(color, color), number != STICK)


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
    for place in table("640,60,130,70 745,90,80,70 545,30,80,40 575,196,60,20"):
        foliage(scene, bush(*place, rng), rng, colors=COLORS["leaves"])


def divide(colors: Array, rng: np.random.Generator) -> Array:
    """One pure pigment per dot (M, 3), so that many dots average to the colour.

    Noise before the choice spreads it over the pigments around a colour, and one
    dot in nine takes its complement's side, which makes its neighbours glow.
    """
    wanted = colors + rng.normal(0, 0.13, colors.shape)
    contrary = rng.random(len(colors)) < 0.11
    gray = colors.mean(1, keepdims=True)
    wanted[contrary] = (1.9 * gray - 0.9 * colors)[contrary]
    return 0.22 * colors + 0.78 * nearest_pigments(wanted, PALETTE)


def paint(rng: np.random.Generator) -> Array:
    """The picture (544, 768, 3) in [0, 1]."""
    scene = shore(rng)
    sails(scene)
    grove(scene, rng)
    for figure in STROLLERS:
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
