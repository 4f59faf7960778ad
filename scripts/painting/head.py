"""The painted head: a photograph's light upon a painter's ramps of colour.

The sitter is Eileen Collins, from scikit-image's ``astronaut`` (NASA, public domain).
"""

import cv2
import numpy as np
import skimage.data

from painting import sitter
from painting.fields import (
    Array,
    blend_angles,
    drawing,
    edge_flow,
    grid,
    mix,
    noise,
    polygon,
    ramp,
    smoothstep,
)
from painting.layers import Scene
from painting.sitter import HEIGHT, PORTRAIT, SHAPE, WIDTH

SKIN, FLESH, HAIR = drawing("head")[0].values()


def contrast(light: Array, part: np.ndarray) -> Array:
    """Stretch a part's light to [0, 1] between its darkest and lightest 2 %."""
    low, high = np.percentile(light[part], (2, 98))
    return np.clip((light - low) / (high - low), 0, 1)


def features(scene: Scene) -> None:
    """Repaint eyes and mouth in clear colours upon the head."""
    x, y = grid(*SHAPE)
    for eye, iris in zip(sitter.POINTS["eyes"], sitter.IRISES, strict=True):
        white = polygon(SHAPE, PORTRAIT.place(eye))
        scene.color[white] = (0.86, 0.90, 0.84)
        cx, cy = PORTRAIT.place(iris)
        away = np.hypot(x - cx, y - cy)
        for share, color in (
            (1.0, (0.10, 0.22, 0.34)),
            (0.8, (0.16, 0.50, 0.50)),
            (0.45, (0.05, 0.06, 0.14)),
        ):
            inside = away < share * sitter.IRIS * PORTRAIT.scale
            scene.color[white & inside] = color
    lips = polygon(SHAPE, PORTRAIT.place(sitter.POINTS["mouth"]))
    teeth = polygon(SHAPE, PORTRAIT.place(sitter.POINTS["teeth"]))
    scene.color[lips] = 0.35 * scene.color[lips] + 0.65 * np.array((0.80, 0.24, 0.22))
    scene.color[teeth] = (0.96, 0.93, 0.82)


def head_flow(gray: Array) -> tuple[Array, Array]:
    """Angles along the hair, and along the face's forms around eyes and mouth."""
    along, coherence = edge_flow(gray, 5)
    x, y = grid(*SHAPE)
    centre_x, centre_y = PORTRAIT.place((225, 112))
    around = np.arctan2((y - centre_y) / 1.5, (x - centre_x)) + np.pi / 2
    for points, reach in [(e, 34) for e in sitter.POINTS["eyes"]] + [
        (sitter.POINTS["mouth"], 46)
    ]:
        cx, cy = PORTRAIT.place(points).mean(0)
        ring = np.arctan2((y - cy) * 1.6, x - cx) + np.pi / 2
        near = np.exp(-((x - cx) ** 2 + ((y - cy) * 1.4) ** 2) / (2 * reach * reach))
        around = blend_angles(around, ring, near)
    formed = blend_angles(around, along, smoothstep(0.35, 0.8, coherence))
    return along, formed


def head(scene: Scene, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The photograph's light on a painter's ramp of colours; returns skin and hair."""
    photo = skimage.data.astronaut().astype(np.float32) / 255
    size, cubic = (WIDTH, HEIGHT), cv2.INTER_CUBIC
    photo = cv2.warpAffine(photo, PORTRAIT.matrix, size, flags=cubic)
    gray = cv2.cvtColor(np.clip(photo, 0, 1), cv2.COLOR_RGB2GRAY)
    whole, skin = (
        polygon(SHAPE, PORTRAIT.place(p)) for p in (sitter.HEAD, sitter.SKIN)
    )
    hair = whole & ~skin
    x, y = grid(*SHAPE)
    form = 0.10 - 0.0017 * (x - 290) - 0.0004 * (y - 330)  # light from the left
    light = 0.85 * contrast(gray, skin) ** 1.1 + form + 0.03 * noise(SHAPE, 24, rng)
    color = ramp(light, SKIN)
    cool = smoothstep(0.62, 0.30, light) * smoothstep(300, 420, x)
    color = mix(color, (0.40, 0.56, 0.46), 0.5 * cool)
    flush = np.exp(-(((x - 245) / 34) ** 2 + ((y - 350) / 26) ** 2))
    flush += np.exp(-(((x - 400) / 30) ** 2 + ((y - 350) / 26) ** 2))
    color = mix(color, (0.90, 0.42, 0.30), 0.35 * flush)
    along, formed = head_flow(gray)
    scene.color[skin], scene.angle[skin] = color[skin], formed[skin]
    curls = contrast(gray, hair) + 0.08 * noise(SHAPE, 12, rng, 2) - 0.0006 * (x - 320)
    scene.lay(hair, curls, HAIR, along)
    features(scene)
    return {"skin": skin, "hair": hair}
