"""Soft masks of images: the sources that find them and their choice for a pair."""

from automask.masks.drawn.drawn_masks import Drawn
from automask.masks.pair import PairMasks
from automask.masks.portrait.face_landmarks import Face, find_faces
from automask.masks.portrait.person import segment_person
from automask.masks.portrait.portrait_source import Portrait
from automask.masks.refine import Blur, GuidedFilter, MeanField
from automask.masks.soft import MaskSource, SoftMasks
from automask.masks.sources.hub_segmenter import HubSegmenter
from automask.masks.sources.onnx_segmenter import OnnxSegmenter
from automask.masks.sources.regions import Regions
from automask.masks.sources.sky import Sky
from automask.masks.sources.tflite_segmenter import TfliteSegmenter
from automask.masks.sources.torchvision_segmenter import SegmentationNet
from automask.masks.view.mask_colors import color_picture

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
    "Regions",
    "SegmentationNet",
    "Sky",
    "SoftMasks",
    "TfliteSegmenter",
    "color_picture",
    "find_faces",
    "segment_person",
]
