"""Style transfer by neural patches: tensors in, tensors out."""

from stylize.color.color import Color
from stylize.color.covariance_match import Match
from stylize.color.luminance import Luminance
from stylize.color.pdf_transfer import PdfTransfer
from stylize.color.photo_filter import Filtered, RecursiveFilter
from stylize.color.region_transfer import Recolor
from stylize.copies import Copies
from stylize.encoders.encoder import Encoded, Encoder
from stylize.encoders.lite import Lite
from stylize.encoders.vgg import VGG19
from stylize.fast.painter import FastPainter
from stylize.losses.gram import Gram
from stylize.losses.guided_gram import GuidedGram, GuidedMean
from stylize.losses.guides import Guides
from stylize.losses.matting import PhotoRegularity
from stylize.losses.mrf import MRF
from stylize.losses.similarity import Similarity
from stylize.losses.soft_gram import SoftGram
from stylize.losses.terms import Content, Term, TotalVariation
from stylize.matching.hold import Hold
from stylize.matching.schedule import Adaptive, Every, Refresh
from stylize.optimize.high_resolution import HighResolution
from stylize.optimize.optimizer import LBFGS, Adam
from stylize.optimize.report import LevelReport, Step, Stylized
from stylize.optimize.tiles import Tiles
from stylize.picture import Picture, without_masks
from stylize.pyramid import Pyramid
from stylize.scale_mix import ScaleMix
from stylize.strokes.restoration import Strokes
from stylize.stylizer import Stylizer

__all__ = [
    "Adam",
    "Adaptive",
    "Color",
    "Content",
    "Copies",
    "Encoded",
    "Encoder",
    "Every",
    "FastPainter",
    "Filtered",
    "Gram",
    "GuidedGram",
    "GuidedMean",
    "Guides",
    "HighResolution",
    "Hold",
    "LBFGS",
    "LevelReport",
    "Lite",
    "Luminance",
    "MRF",
    "Match",
    "PdfTransfer",
    "PhotoRegularity",
    "Picture",
    "Pyramid",
    "Recolor",
    "RecursiveFilter",
    "Refresh",
    "ScaleMix",
    "Similarity",
    "SoftGram",
    "Step",
    "Strokes",
    "Stylized",
    "Stylizer",
    "Term",
    "Tiles",
    "TotalVariation",
    "VGG19",
    "without_masks",
]
