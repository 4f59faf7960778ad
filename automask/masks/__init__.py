"""Soft masks of images: the sources that find them and their choice for a pair."""

from automask.masks.classes import SegmentationNet
from automask.masks.face import Face, find_faces
from automask.masks.pair import PairMasks
from automask.masks.parts import face_parts
from automask.masks.person import segment_person
from automask.masks.picture import color_picture
from automask.masks.portrait import Portrait
from automask.masks.skin import find_skin
from automask.masks.soft import MaskSource, SoftMasks

__all__ = [
    "Face",
    "MaskSource",
    "PairMasks",
    "SegmentationNet",
    "SoftMasks",
    "color_picture",
    "face_parts",
    "find_faces",
    "find_skin",
    "Portrait",
    "segment_person",
]
