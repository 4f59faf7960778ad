"""Soft masks of images: the sources that find them and their choice for a pair."""

from automask.masks.ade20k import HubSegmenter
from automask.masks.classes import SegmentationNet
from automask.masks.drawn import Drawn
from automask.masks.face import Face, find_faces
from automask.masks.onnx import OnnxSegmenter
from automask.masks.pair import PairMasks
from automask.masks.parts import face_parts
from automask.masks.person import segment_person
from automask.masks.picture import color_picture
from automask.masks.portrait import Portrait
from automask.masks.refine import Blur, GuidedFilter, MeanField
from automask.masks.skin import find_skin
from automask.masks.sky import Sky
from automask.masks.soft import MaskSource, SoftMasks
from automask.masks.tflite import TfliteSegmenter

__all__ = [
    "Blur",
    "Drawn",
    "Face",
    "GuidedFilter",
    "HubSegmenter",
    "MaskSource",
    "MeanField",
    "OnnxSegmenter",
    "PairMasks",
    "Portrait",
    "SegmentationNet",
    "Sky",
    "SoftMasks",
    "TfliteSegmenter",
    "color_picture",
    "face_parts",
    "find_faces",
    "find_skin",
    "segment_person",
]
