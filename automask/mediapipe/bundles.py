"""Nets of MediaPipe's solutions, put into the form that its tasks take.

A task takes a zip of two nets, of which the first finds what the second looks at.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from automask.mediapipe.tflite_net import TfliteNet

# Landmarks that each further output of the net for faces has, in its order: each ring
# from corner to corner, first its lower half, then the upper one without the corners.
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291]
LIPS += [185, 40, 39, 37, 0, 267, 269, 270, 409]
LIPS += [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]
LIPS += [191, 80, 81, 82, 13, 312, 311, 310, 415]
LIPS += [76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306]
LIPS += [184, 74, 73, 72, 11, 302, 303, 304, 408]
LIPS += [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292]
LIPS += [183, 42, 41, 38, 12, 268, 271, 272, 407]
LEFT_EYE = [33, 7, 163, 144, 145, 153, 154, 155, 133]
LEFT_EYE += [246, 161, 160, 159, 158, 157, 173]
LEFT_EYE += [130, 25, 110, 24, 23, 22, 26, 112, 243]
LEFT_EYE += [247, 30, 29, 27, 28, 56, 190]
LEFT_EYE += [226, 31, 228, 229, 230, 231, 232, 233, 244]
LEFT_EYE += [113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65]
LEFT_EYE += [143, 111, 117, 118, 119, 120, 121, 128, 245]
LEFT_EYE += [156, 70, 63, 105, 66, 107, 55, 193]
RIGHT_EYE = [263, 249, 390, 373, 374, 380, 381, 382, 362]
RIGHT_EYE += [466, 388, 387, 386, 385, 384, 398]
RIGHT_EYE += [359, 255, 339, 254, 253, 252, 256, 341, 463]
RIGHT_EYE += [467, 260, 259, 257, 258, 286, 414]
RIGHT_EYE += [446, 261, 448, 449, 450, 451, 452, 453, 464]
RIGHT_EYE += [342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295]
RIGHT_EYE += [372, 340, 346, 347, 348, 349, 350, 357, 465]
RIGHT_EYE += [383, 300, 293, 334, 296, 336, 285, 417]
MESH, POINTS = 468, 478  # landmarks without and with those of the irises
REFINED = {
    "output_lips": LIPS,
    "output_left_eye": LEFT_EYE,
    "output_right_eye": RIGHT_EYE,
    "output_left_iris": list(range(MESH, MESH + 5)),
    "output_right_iris": list(range(MESH + 5, POINTS)),
}
CORNERS = (33, 263)  # landmarks beside the irises


def for_tasks(
    short: bytes,
    full: bytes,
    face: bytes,
    bodies: bytes,
    pose: bytes,
    square: bytes,
    landscape: bytes,
) -> dict[str, bytes]:
    """What tasks take for each net of ``automask.mediapipe.opening``.

    Args:
        short: Detector of faces nearby.
        full: Detector of faces farther away.
        face: Landmarks of a face, refined at the lips and the eyes.
        bodies: Detector of bodies.
        pose: Landmarks of a body.
        square: Persons in a square picture.
        landscape: Persons in a wide picture.
    """
    return {
        "short": short,
        "full": full,
        "landmarks": face_landmarker(short, face),
        "pose": pose_landmarker(bodies, pose),
        "square": square,
        "landscape": landscape,
    }


def face_landmarker(detector: bytes, landmarks: bytes) -> bytes:
    """The task's bundle of a detector of faces and the net with refined landmarks."""
    model = TfliteNet(landmarks)
    model.join_outputs(
        ["output_mesh_identity", *REFINED], places_of_landmarks(), "conv_faceflag"
    )
    return _zipped("face", detector, model.packed())


def pose_landmarker(detector: bytes, landmarks: bytes) -> bytes:
    """The task's bundle of a detector of bodies and the net with their landmarks."""
    model = TfliteNet(landmarks)
    model.describe_input(mean=0.0, std=255.0)
    return _zipped("pose", detector, model.packed())


def places_of_landmarks() -> np.ndarray:
    """(1434,) places of x, y, z of 478 landmarks in all outputs but the last, joined.

    Where a landmark is refined its depth stays that of the mesh, and that of an iris is
    the one of the eye's corner; we use neither.
    """
    places = np.zeros((POINTS, 3), np.int32)
    places[:MESH] = np.arange(3 * MESH).reshape(MESH, 3)
    start = 3 * MESH
    for points in REFINED.values():
        stop = start + 2 * len(points)
        places[points, :2] = np.arange(start, stop).reshape(-1, 2)
        start = stop
    places[MESH : MESH + 5, 2], places[MESH + 5 :, 2] = places[CORNERS, 2]
    return places.ravel()


def _zipped(kind: str, detector: bytes, landmarks: bytes) -> bytes:
    names = (f"{kind}_detector.tflite", f"{kind}_landmarks_detector.tflite")
    return stored(dict(zip(names, (detector, landmarks), strict=True)))


def stored(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, uncompressed."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as bundle:
        for name, each in files.items():
            bundle.writestr(name, each)
    return content.getvalue()
