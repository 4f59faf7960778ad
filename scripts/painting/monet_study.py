"""A lady by a river bank with lilies and poppies, in the manner of Claude Monet."""

import cv2
import numpy as np

from painting.brushwork import Brush, Canvas
from painting.fields import (
    Array,
    drawing,
    grid,
    inks,
    mix,
    noise,
    ramp,
    smoothstep,
    table,
)
from painting.lady import lady, paint_lady
from painting.layers import Scene, paint_layer, paint_plan
from painting.plants import LEAVES, blossoms, bush, foliage, poplar, poppies

COLORS, POINTS, PLANS = drawing("monet")

SHAPE = HEIGHT, WIDTH = 576, 768
WATERLINE = 268
PALETTE = np.float32(COLORS["palette"])
GRASS = np.concatenate([LEAVES[:5], inks("95,80,46")])
HOUSE = (  # colour, direction and corners of its faces
    ((0.98, 0.90, 0.72), 1.57, table("408,222 470,222 470,256 408,256")),
    ((0.72, 0.64, 0.80), 1.57, table("470,222 498,222 498,256 470,256")),
    ((0.90, 0.42, 0.20), 0.5, table("398,224 418,192 462,192 476,224")),
    ((0.62, 0.26, 0.30), 1.2, table("476,224 462,192 486,194 504,224")),
    ((0.30, 0.34, 0.56), 1.57, table("424,232 434,232 434,246 424,246")),
    ((0.30, 0.34, 0.56), 1.57, table("448,232 458,232 458,246 448,246")),
)
LIVELY, AIRY = (0.025, 0.16, 0.05), (0.012, 0.12, 0.03)


def sky(rng: np.random.Generator) -> Scene:
    """Blue turning to cream at the horizon, with clouds of pink and lavender."""
    x, y = grid(*SHAPE)
    color = ramp(y / WATERLINE, COLORS["sky"])
    billow = noise(SHAPE, (150, 90), rng, 4)
    banks = np.zeros(SHAPE, np.float32)
    for cx, cy, rx, ry in POINTS["banks"].tolist():
        banks = np.maximum(banks, 1.3 - np.hypot((x - cx) / rx, (y - cy) / ry))
    cloud = smoothstep(0.15, 0.55, banks + 0.16 * billow)
    underside = cv2.GaussianBlur(np.roll(cloud, 18, 0), (0, 0), 9)
    lit = ramp(1.22 - underside + 0.10 * billow - 0.0006 * (x - 380), COLORS["cloud"])
    curl = noise(SHAPE, (220, 120), rng, 2)
    angle = -0.2 + 0.35 * curl + cloud * (0.5 * billow)
    return Scene(mix(color, lit, cloud * 0.95), angle.astype(np.float32))


def far_bank(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Hills, house, meadow and trees down to the water; returns their part."""
    x, y = grid(*SHAPE)
    ridge = 205 + 16 * np.sin(x / 95 + 0.6) + 9 * np.sin(x / 37)
    hills = (y > ridge) & (y < WATERLINE)
    scene.lay(hills, (y - ridge) / 60, COLORS["hills"])
    meadow = (y > 242 + 5 * np.sin(x / 60)) & (y < WATERLINE)
    scene.lay(meadow, 0.5 + 0.4 * noise(SHAPE, (60, 10), rng), COLORS["meadow"])
    part = hills | meadow
    scene.angle[part] = 0.1
    for place in table("250,232,60,26 330,240,50,18 545,232,60,26"):
        part |= foliage(scene, bush(*place, rng), rng)
    part |= house(scene)
    for place in table("640,190,95,78 735,160,70,110 560,248,40,15"):
        part |= foliage(scene, bush(*place, rng), rng)
    for cx, top in table("24,40 384,84 60,90"):
        part |= foliage(scene, poplar(cx, top, 262, rng), rng, 0)
    part |= foliage(scene, bush(80, 252, 120, 14, rng), rng)
    return part & (y < WATERLINE)


def house(scene: Scene) -> np.ndarray:
    """A cream house with an orange roof on the far bank."""
    part = np.zeros(SHAPE, np.uint8)
    for color, angle, corners in HOUSE:
        face = cv2.fillPoly(np.zeros_like(part), [corners.astype(np.int32)], 1)
        scene.color[face > 0], scene.angle[face > 0] = color, angle
        part |= face
    return part > 0


def water(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The bank mirrored and broken by ripples; returns the water's part."""
    x, y = grid(*SHAPE)
    depth = np.clip((y - WATERLINE) / (HEIGHT - WATERLINE), 0, 1)
    ripple = noise(SHAPE, (120, 14), rng, 3)
    mirrored_x = (x + ripple * (3 + 14 * depth)).astype(np.float32)
    mirrored_y = (WATERLINE - (y - WATERLINE) * 0.85 + ripple * 5).astype(np.float32)
    linear, reflect = cv2.INTER_LINEAR, cv2.BORDER_REFLECT
    mirror = cv2.remap(scene.color, mirrored_x, mirrored_y, linear, borderMode=reflect)
    color = mix(mirror * 0.95, ramp(depth, COLORS["water"]), 0.22 + 0.25 * depth)
    glint = smoothstep(1.0, 1.9, noise(SHAPE, (70, 9), rng, 2))
    color = mix(color, (0.90, 0.90, 0.90), glint * 0.75)
    part = y >= WATERLINE
    scene.color[part], scene.angle[part] = color[part], (0.05 * ripple)[part]
    return part


def lilies(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Drifts of lily pads with blossoms, larger towards the front."""
    part = np.zeros(SHAPE, np.uint8)
    pads = [(c, rng.uniform(-1, 1), rng.normal()) for c in range(4) for _ in range(15)]
    drifts = table("560,352,130 420,420,120 640,452,150 480,520,170")
    pads = sorted(
        (drifts[c][1] + v * 6, drifts[c][0] + u * drifts[c][2]) for c, u, v in pads
    )
    for cy, cx in pads:
        size = 9 + 28 * (cy - WATERLINE) / (HEIGHT - WATERLINE)
        pad = np.zeros_like(part)
        axes = (int(size * rng.uniform(0.8, 1.3)), int(size * 0.26) + 1)
        cv2.ellipse(pad, (int(cx), int(cy)), axes, rng.normal(0, 5), 0, 360, 1, -1)
        color = rng.choice(COLORS["pads"])
        shade = np.roll(pad, 2 + axes[1] // 4, 0) & (1 - pad)
        scene.color[shade > 0] = 0.45 * scene.color[shade > 0] + (0.02, 0.05, 0.14)
        scene.color[pad > 0], scene.angle[pad > 0] = color, rng.normal(0, 0.15)
        part |= pad | shade
    return part > 0


def near_bank(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Tall grass in the lower left, leaning with the wind."""
    x, y = grid(*SHAPE)
    part = y > 505 + 0.08 * x + 14 * np.sin(x / 31) + 7 * noise(SHAPE, 20, rng)
    tone = 0.45 + 0.22 * noise(SHAPE, (26, 90), rng, 3) - 0.0016 * (y - 470)
    scene.lay(part, tone, GRASS, -1.35 + 0.28 * noise(SHAPE, 70, rng, 2))
    return part


def paint(rng: np.random.Generator) -> Array:
    """The picture (576, 768, 3) in [0, 1]."""
    scene = sky(rng)
    bank = far_bank(scene, rng)
    pond = water(scene, rng)
    lily = lilies(scene, rng) & pond
    figure = lady(scene, rng)
    person = np.logical_or.reduce(list(figure.values()))
    grass = near_bank(scene, rng) & ~(figure["skin"] | figure["hair"])
    front = grass | person
    bank, lily, pond = bank & ~front, lily & ~front, pond & ~(front | lily)
    air = ~(bank | pond | lily | front)
    figure = {name: part & ~grass for name, part in figure.items()}
    canvas = Canvas(mix(scene.color, (0.80, 0.66, 0.52), 0.5))
    parts = {"air": air, "bank": bank, "pond": pond, "lily": lily, "grass": grass}
    jitters, palettes = {"lively": LIVELY, "airy": AIRY}, {"all": PALETTE}
    paint_plan(canvas, scene, PLANS["plan"], parts, rng, jitters, palettes)
    paint_lady(canvas, scene, figure, PALETTE, rng)
    blossoms(rng, canvas, lily)
    poppies(rng, canvas, grass, 90)
    blades = Brush(4, 44, 4, LIVELY, wander=0.3)
    paint_layer(canvas, scene, blades, rng, grass, PALETTE, 0.42)
    poppies(rng, canvas, grass, 80)
    return canvas.lit(1.0)
