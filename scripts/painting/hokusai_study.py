"""A wave before a red mountain as a woodblock print, in the manner of Hokusai."""

import cv2
import numpy as np

from painting.fields import Array, drawing, spline, table
from painting.woodblock import KEY, Print

COLORS, POINTS, _ = drawing("hokusai")

HEIGHT, WIDTH = 528, 768
PAPER = (0.95, 0.90, 0.78)
FOAM = (0.96, 0.95, 0.88)
DEEP = (0.10, 0.20, 0.42)
MIDDLE = (0.26, 0.44, 0.64)
PALE = (0.62, 0.76, 0.80)
PEAK, TOP, FOOT = 236, 128, 332  # the mountain's axis, summit and shore in px


def sky(sheet: Print) -> None:
    """Indigo above, fading to paper and to rose on the horizon; a sun and clouds."""
    whole = np.ones(sheet.shape, bool)
    sheet.plate(whole, COLORS["sky"], sheet.y / 340)
    sun = np.hypot(sheet.x - 92, sheet.y - 96) < 40
    sheet.plate(sun, [(0.80, 0.18, 0.14), (0.92, 0.44, 0.26)], (sheet.y - 60) / 76)
    sheet.edge(sun, 1)
    for cx, cy, reach in ((60, 176, 150), (330, 84, 96), (700, 30, 70), (30, 40, 60)):
        cloud = np.zeros(sheet.shape, bool)
        for dx, dy, share in ((0, 0, 1.0), (0.35, -15, 0.6), (-0.3, 14, 0.62)):
            over = np.maximum(np.abs(sheet.x - cx - dx * reach) - share * reach, 0)
            cloud |= np.hypot(over, sheet.y - cy - dy) < 8.5
        tones = [(0.98, 0.95, 0.86), (0.95, 0.80, 0.70)]
        sheet.plate(cloud, tones, (sheet.y - cy + 22) / 44)
        sheet.edge(cloud, 1.2)


def cone_top(x: Array) -> Array:
    """Height in px of the mountain's concave outline above a column ``x``."""
    fall = 1 - np.exp(-np.maximum(np.abs(x - PEAK) - 13, 0) / 105)
    return TOP + (FOOT - TOP) * fall * 1.12


def mountain(sheet: Print, rng: np.random.Generator) -> None:
    """A red cone with a fingered cap of snow and dashes of forest at its foot."""
    bent = sheet.x + 2.5 * np.sin(sheet.y / 7) * np.sign(sheet.x - PEAK)
    cone = (sheet.y > cone_top(bent)) & (sheet.y < FOOT)
    sheet.plate(cone, COLORS["slope"], (sheet.y - TOP) / (FOOT - TOP))
    steps = np.linspace(PEAK - 110, PEAK + 110, 34)
    hem = TOP + 52 + rng.uniform(-14, 46, steps.size) * (1 - np.abs(steps - PEAK) / 190)
    hem[::2] -= 26
    snow = cone & (sheet.y < np.interp(sheet.x, steps, hem))
    sheet.plate(snow, [FOAM, (0.84, 0.88, 0.86)], (sheet.x - PEAK + 60) / 120)
    sheet.edge(snow, 0.9)
    sheet.edge(cone, 1.6)
    for _ in range(520):
        x, y = rng.normal(PEAK, 130), FOOT - 4 - 74 * rng.random() ** 1.7
        if y > cone_top(x) + 5:
            dash = [(x - 2.2, y), (x, y + 0.5), (x + 2.2, y)]
            sheet.line(dash, 2.2, (0.16, 0.28, 0.28))
    for side in np.linspace(-1, 1, 15):
        t = np.linspace(0.28, 0.28 + rng.uniform(0.3, 0.6), 6)
        x = PEAK + side * (14 + 150 * t**1.7)
        sheet.line(np.stack([x, TOP + 205 * t], -1), 1.1, (0.40, 0.16, 0.16))


def sea(sheet: Print) -> None:
    """The calm distance, with a bokashi and thin level lines."""
    part = sheet.y > 330
    sheet.plate(part, [MIDDLE, PALE, (0.84, 0.87, 0.80)], (sheet.y - 330) / 90)
    sheet.line([(-10, 331), (380, 330), (790, 331)], 1.4)
    for row, (start, stop) in enumerate(table("20,160 210,330 90,250 330,440 0,110")):
        y = 342 + 9 * row
        sheet.line([(start, y), ((start + stop) / 2, y + 1.5), (stop, y)], 1.2, DEEP)


def claw(base, turn: float, size: float, bend: float):
    """Discs of one hooked finger of foam: centres (N, 2), radii (N,)."""
    t = np.linspace(0, 1, 26)
    heading = turn + bend * t**1.3
    steps = np.stack([np.cos(heading), np.sin(heading)], -1) * size / len(t)
    return base + np.cumsum(steps, 0), size * 0.10 * (1 - t) ** 0.6 + 0.7


def foam(sheet: Print, crest, size: float, bend: float, rng: np.random.Generator):
    """Scalloped foam along a crest (N, 2) px with forked fingers that hook forward.

    The sign of ``bend``, in radians, chooses the side of the crest they grow on.
    """
    curve = spline(crest)
    tangent = np.gradient(curve, axis=0)
    outward = np.arctan2(tangent[:, 1], tangent[:, 0]) - np.sign(bend) * 1.15
    share = np.linspace(0.6, 1.1, len(curve))
    bumps = size * 0.13 * share * rng.uniform(0.8, 1.4, len(curve))
    part = sheet.discs(curve[::4], bumps[::4])
    for index in range(2, len(curve), max(2, round(size * 0.22))):
        grown = size * share[index] * rng.uniform(0.75, 1.25)
        turn = outward[index] + rng.normal(0, 0.12)
        stem, thick = claw(curve[index], turn, grown, bend)
        part |= sheet.discs(stem, thick)
        for knot, fork in ((5, -0.5), (12, -0.9)):
            start = turn + bend * (knot / 26) ** 1.3 + fork * np.sign(bend)
            part |= sheet.discs(*claw(stem[knot], start, 0.5 * grown, 1.2 * bend))
    return part


def print_foam(sheet: Print, part: np.ndarray) -> None:
    """White foam with pale gaps and inner shadow, and a dark edge."""
    outlines, _ = cv2.findContours(
        part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    whole = cv2.drawContours(np.zeros(sheet.shape, np.uint8), outlines, -1, 1, -1)
    sheet.plate(whole > 0, [PALE])
    sheet.plate(part, [FOAM])
    depth = cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 3) / sheet.scale
    sheet.plate(depth > 4.2, [PALE])
    sheet.plate(depth > 6.0, [FOAM])
    sheet.edge(part, 1.1)


def great_wave(sheet: Print, rng: np.random.Generator) -> None:
    """The breaking wave: bands between its back and its face, claws of foam."""
    back, face = spline(POINTS["back"]), spline(POINTS["face"])
    t = np.linspace(0, 1, 160)
    back, face = (
        np.stack([np.interp(t, np.linspace(0, 1, len(c)), c[:, k]) for k in (0, 1)], -1)
        for c in (back, face)
    )
    foot = np.array([(800, 560), (800, 120)])
    body = sheet.part(np.concatenate([back, face[::-1], foot]), False)
    sheet.plate(body, [DEEP, DEEP, MIDDLE], (sheet.y - 60) / 500)
    edges = np.linspace(0.0, 1.0, 16) ** 0.9
    tones = [MIDDLE, DEEP, PALE, DEEP, FOAM, DEEP]
    right = np.float32((900, 760))
    for band, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        # bands flow from the foot on the right, up the face, into the curl
        def strip(s):
            bulge = (s * (1 - s) * (1 - t) ** 1.5)[:, None] * right
            return (1 - s)[:, None] * back + s[:, None] * face + bulge

        shut = a + (b - a) * np.clip(np.sin(np.pi * t) * 1.6, 0.15, 1)
        lower = strip(shut)
        upper = strip(np.full_like(t, a))
        part = sheet.part(np.concatenate([upper, lower[::-1]]), False)
        sheet.plate(part & body, [tones[band % len(tones)]])
        sheet.line(upper[4:-3:6], 1.3)
    sheet.edge(body, 1.8)
    outer = foam(sheet, POINTS["back"][1:], 60, -2.0, rng)
    inner = foam(sheet, np.float32(POINTS["back"][2:]) + (5, 6), 54, 1.6, rng)
    print_foam(sheet, outer | (inner & body))


def swell(sheet: Print, crest, tones: list, size: float, rng) -> None:
    """A nearer, lower wave: striped body under a crest of foam."""
    curve = spline(crest)
    foot = [(curve[-1, 0], 560), (curve[0, 0], 560)]
    body = sheet.part(np.concatenate([curve, foot]), False)
    sheet.plate(body, tones, (sheet.y - curve[:, 1].min()) / 150)
    for depth in range(1, 8):
        lowered = curve + (6 * depth, 3 + 13.0 * depth)
        lowered[:, 1] += 3 * np.sin(lowered[:, 0] / 23 + depth)
        share = slice(rng.integers(0, 30), len(curve) - rng.integers(1, 40))
        thick, ink = (3.4, FOAM) if depth % 2 else (1.3, KEY)
        sheet.line(lowered[share][::8], thick, ink)
    sheet.edge(body, 1.6)
    print_foam(sheet, foam(sheet, crest, size, -2.0, rng))


def boat(sheet: Print) -> None:
    """A long skiff with bent rowers, riding up the swell."""
    for x, y in ((150, 400), (176, 404), (202, 406), (228, 405), (254, 401)):
        coat = sheet.part(POINTS["rower"] + (x, y))
        sheet.plate(coat, [(0.20, 0.30, 0.46)])
        sheet.edge(coat, 1)
        face = np.hypot(sheet.x - x - 9, sheet.y - y + 16) < 5
        sheet.plate(face, [(0.93, 0.78, 0.62)])
        sheet.edge(face, 1)
    part = sheet.part(POINTS["hull"])
    sheet.plate(part, [(0.90, 0.76, 0.46), (0.70, 0.46, 0.26)], (sheet.y - 395) / 30)
    sheet.edge(part, 1.5)
    sheet.line([(112, 404), (215, 418), (318, 396)], 1.2, (0.36, 0.20, 0.18))


def spray(sheet: Print, rng: np.random.Generator) -> None:
    """Drops of foam flung ahead of the breaking crest."""
    places = rng.normal((380, 190), (48, 62), (90, 2))
    part = sheet.discs(places, rng.uniform(0.8, 2.6, 90))
    sheet.plate(part, [FOAM])
    sheet.edge(part, 0.5, MIDDLE)


def paint(rng: np.random.Generator) -> Array:
    """The picture (528, 768, 3) in [0, 1]."""
    sheet = Print(HEIGHT, WIDTH, PAPER)
    sky(sheet)
    mountain(sheet, rng)
    sea(sheet)
    great_wave(sheet, rng)
    boat(sheet)
    swell(sheet, POINTS["low"], [MIDDLE, DEEP], 42, rng)
    swell(sheet, POINTS["near"], [DEEP, DEEP], 50, rng)
    spray(sheet, rng)
    return sheet.pulled(rng)
