"""An ONNX file of one 1x1 convolution, written byte by byte: no onnx package."""

from __future__ import annotations

import struct


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protocol buffer: a whole number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, shape: list[int], values: list[float]) -> bytes:
    dims = b"".join(field(1, side) for side in shape)
    raw = struct.pack(f"<{len(values)}f", *values)
    return dims + field(2, 1) + field(8, name) + field(9, raw)


def image(name: str, channels: int, side: int | None) -> bytes:
    """A (1, channels, side, side) float tensor; None for sides of any length."""
    fixed = [field(1, 1), field(1, channels)]
    free = [field(1, side) if side else field(2, word) for word in ("h", "w")]
    shape = b"".join(field(1, dim) for dim in fixed + free)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def convolution(
    weights: list[list[float]], bias: list[float], side: int | None = None
) -> bytes:
    """A model that maps (1, C, h, w) to (1, K, h, w) by K weighted sums of channels."""
    inputs, outputs = len(weights[0]), len(weights)
    node = b"".join(field(1, name) for name in ("x", "weight", "bias"))
    node += field(2, "y") + field(4, "Conv")
    flat = [value for row in weights for value in row]
    graph = field(1, node) + field(2, "tiny")
    graph += field(5, tensor("weight", [outputs, inputs, 1, 1], flat))
    graph += field(5, tensor("bias", [outputs], bias))
    graph += field(11, image("x", inputs, side)) + field(12, image("y", outputs, side))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))
