"""Alterations of light, tone and medium, the same for all regions."""

from __future__ import annotations

import cv2
import numpy as np

Array = np.ndarray
Random = np.random.Generator


def relit(rgb: Array, rng: Random) -> Array:
    """One of many lights, films and paints, of (H, W, 3) in [0, 1]."""
    out = rgb
    kind = rng.random()
    if kind < 0.4:
        out = lit_from_two_sides(out, rng)
    elif kind < 0.65:
        out = coloured_lights(out, rng)
    if rng.random() < 0.2:
        out = hard_shadow(out, rng)
    if rng.random() < 0.5:
        out = out * np.exp(rng.normal(0, 0.25, 3))
    if rng.random() < 0.85:
        out = exposed(out, rng)
    if rng.random() < 0.6:
        out = toned(out, rng)
    if rng.random() < 0.25:
        out = greyed(out, rng)
    elif rng.random() < 0.3:
        grey = out.mean(2, keepdims=True)
        out = grey + rng.uniform(0.2, 1.7) * (out - grey)
    if rng.random() < 0.12:
        out = painted(out, rng)
    if rng.random() < 0.3:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.5:
        grain = rng.normal(0, min(0.06, rng.exponential(0.015)), out.shape[:2])
        colour = rng.normal(0, min(0.03, rng.exponential(0.008)), out.shape)
        out = out + grain[..., None] + colour
    return np.clip(out, 0, 1).astype(np.float32)


def lit_from_two_sides(rgb: Array, rng: Random) -> Array:
    """Light that changes in strength and colour across the picture."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle, sharp = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 4)
    blend = 1 / (1 + np.exp(-sharp * (x * np.cos(angle) + y * np.sin(angle))))
    ends = np.exp(rng.normal(0, 0.35, (2, 1)) + rng.normal(0, 0.18, (2, 3)))
    return rgb * (ends[0] * blend[..., None] + ends[1] * (1 - blend[..., None]))


def coloured_lights(rgb: Array, rng: Random) -> Array:
    """One or two lamps of strong colours from two sides, and some light all about."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle, sharp = rng.uniform(0, 2 * np.pi), rng.uniform(1, 10)
    place = x * np.cos(angle) + y * np.sin(angle) + rng.normal(0, 0.25)
    place = place + rng.uniform(0, 0.2) * smooth_noise(rng, (height, width), 12)
    blend = (1 / (1 + np.exp(-sharp * place)))[..., None]
    one, two = lamp(rng), lamp(rng)
    if rng.random() < 0.35:
        two = one * rng.uniform(0.05, 0.8)
    about = rng.uniform(0, 0.4) * np.exp(rng.normal(0, 0.1, 3))
    gain = about + one * blend + two * (1 - blend)
    gain = gain / max(float(gain.mean()), 0.1) * rng.uniform(0.5, 1.3)
    return np.clip(rgb, 0, 1) * gain ** (1 / 2.2)


def lamp(rng: Random) -> Array:
    """(3,) light of any hue, pale to nearly of one colour."""
    hue = (rng.uniform(0, 6) + np.array([0, 4, 2])) % 6
    pure = np.clip(np.abs(hue - 3) - 1, 0, 1)
    return 1 - rng.uniform(0.2, 0.97) * (1 - pure)


def hard_shadow(rgb: Array, rng: Random) -> Array:
    """One side, or patches, lie in a deep shadow with a sharp border."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    place = x * np.cos(angle) + y * np.sin(angle) + rng.normal(0, 0.3)
    wavy = smooth_noise(rng, (height, width), rng.uniform(4, 20))
    place = place + rng.uniform(0, 0.7) * wavy
    dark = 1 / (1 + np.exp(-rng.uniform(4, 40) * place))
    return rgb * (1 - dark[..., None] * rng.uniform(0.3, 0.93, 1))


def exposed(rgb: Array, rng: Random) -> Array:
    """A camera's exposure by the whole picture; low light is seldom made up for."""
    low = rng.random() < 0.12
    wanted = rng.uniform(0.06, 0.2) if low else rng.uniform(0.25, 0.6)
    gain = np.clip(wanted / max(float(rgb.mean()), 0.01), 0.2, 5)
    return np.clip(rgb * gain ** rng.uniform(0.5, 1), 0, 1)


def toned(rgb: Array, rng: Random) -> Array:
    """Exposure, gamma, contrast and an S-shaped curve."""
    out = np.clip(rgb * np.exp(rng.normal(0, 0.2)), 0, 1) ** np.exp(rng.normal(0, 0.35))
    out = 0.5 + (out - 0.5) * rng.uniform(0.55, 1.4) + rng.normal(0, 0.05)
    curve = rng.uniform(-0.6, 0.6)
    out = np.clip(out, 0, 1)
    return out + curve * out * (1 - out) * (2 * out - 1)


def greyed(rgb: Array, rng: Random) -> Array:
    """Black and white, by any mix of the channels, now and then tinted."""
    mix = rng.dirichlet((2, 3, 1.5))
    grey = (rgb @ mix)[..., None].repeat(3, 2)
    if rng.random() < 0.4:
        grey = grey * np.array([1.1, 1.0, rng.uniform(0.6, 0.95)])
    if rng.random() < 0.3:  # orthochromatic or faded
        grey = rng.uniform(0, 0.25) + grey * rng.uniform(0.5, 0.75)
    return grey


def painted(rgb: Array, rng: Random) -> Array:
    """Flat strokes of few colours."""
    codes = (np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    codes = cv2.medianBlur(codes, int(rng.choice([3, 5, 7])))
    strokes = rng.normal(0, 1, rgb.shape).astype(np.float32)
    wide, tall = rng.uniform(0.5, 3, 2)
    strokes = cv2.GaussianBlur(strokes, (0, 0), wide, sigmaY=tall)
    strokes *= rng.uniform(0.01, 0.06) / max(float(strokes.std()), 1e-6)
    return codes.astype(np.float32) / 255 + strokes


def oiled(rgb: Array, rng: Random) -> Array:
    """A painter's palette and brush: shifted colours, few of them, curved strokes."""
    shape = rgb.shape[:2]
    out = cv2.bilateralFilter(rgb.astype(np.float32), 5, rng.uniform(0.02, 0.2), 2)
    lab = cv2.cvtColor(out, cv2.COLOR_RGB2LAB)
    angle, chroma = rng.normal(0, 0.35), rng.uniform(0.5, 1.8)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    lab[..., 1:] = chroma * lab[..., 1:] @ turn + rng.normal(0, 8, 2)
    if rng.random() < 0.5:
        step = rng.uniform(4, 16)
        lab = np.round(lab / step) * step
    blotch = np.dstack([smooth_noise(rng, shape, rng.uniform(2, 10)) for _ in range(3)])
    lab = lab + blotch * rng.uniform(0, 6, 3)
    brush = strokes(rng, shape)[..., None]
    lab = lab + brush * rng.normal(0, (5, 4, 4))
    lab = np.clip(lab, (0, -90, -90), (100, 90, 90)).astype(np.float32)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def strokes(rng: Random, shape: tuple[int, int]) -> Array:
    """(H, W) of mean 0 and deviation 1, long in one direction that bends smoothly."""
    long = rng.normal(0, 1, shape).astype(np.float32)
    long = cv2.GaussianBlur(long, (0, 0), rng.uniform(2, 6), None, rng.uniform(0.5, 1))
    turn = cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), rng.uniform(0, 360), 1)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = rng.uniform(0, 10)
    x, y = (each + bend * smooth_noise(rng, shape, 15) for each in (x, y))
    at = np.float32(np.dstack([x, y]) @ turn[:, :2].T + turn[:, 2])
    linear, reflect = cv2.INTER_LINEAR, cv2.BORDER_REFLECT
    drawn = cv2.remap(long, at, None, linear, borderMode=reflect)
    return (drawn - drawn.mean()) / max(float(drawn.std()), 1e-6)


def texture(rng: Random, shape: tuple[int, int]) -> Array:
    """(H, W, 3) of a plain, shaded, striped, checked or blotched stuff, in [0, 1]."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    one, two = rng.uniform(0, 1, (2, 3)) ** rng.uniform(0.6, 2)
    kind = rng.integers(5)
    if kind == 0:
        wave = np.zeros(shape)
    elif kind == 1:
        wave = (y * rng.normal(0, 1) + x * rng.normal(0, 1)) / shape[0]
    elif kind == 2:
        wave = np.sin((x * rng.normal() + y * rng.normal()) * rng.uniform(0.2, 1.5))
    elif kind == 3:
        period = rng.uniform(2, 10)
        wave = np.sign(np.sin(x * 6 / period) * np.sin(y * 6 / period))
    else:
        wave = smooth_noise(rng, shape, rng.uniform(0.7, 12))
    share = np.clip(0.5 + 0.5 * wave, 0, 1)[..., None]
    shade = 1 + 0.2 * smooth_noise(rng, shape, 10)[..., None]
    return np.clip((one * share + two * (1 - share)) * shade, 0, 1)


def smooth_noise(rng: Random, shape: tuple[int, int], sigma: float) -> Array:
    """(H, W) of mean 0 and deviation 1, smooth over sigma px."""
    step = max(1, int(sigma / 2))
    small = shape[0] // step + 2, shape[1] // step + 2
    noise = rng.normal(0, 1, small).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), max(0.3, sigma / step))
    noise = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return (noise - noise.mean()) / max(float(noise.std()), 1e-6)
