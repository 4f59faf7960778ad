"""Style transfer by neural patches: tensors in, tensors out."""

from stylize.color import Color, Recolor
from stylize.copies import Copies
from stylize.distribution import PdfTransfer
from stylize.encoder import Encoded, Encoder
from stylize.fine import Fine
from stylize.gram import Gram
from stylize.guides import Guides
from stylize.hold import Hold
from stylize.lite import Lite
from stylize.luminance import Luminance
from stylize.matting import PhotoRegularity
from stylize.mrf import MRF
from stylize.optimizer import LBFGS, Adam
from stylize.palette import Match
from stylize.photo_filter import Filtered, RecursiveFilter
from stylize.picture import Picture, without_masks
from stylize.pyramid import Pyramid
from stylize.refresh import Adaptive, Every, Refresh
from stylize.regions import GuidedGram, GuidedMean
from stylize.report import LevelReport, Step, Stylized
from stylize.scale_mix import ScaleMix
from stylize.similarity import Similarity
from stylize.soft_gram import SoftGram
from stylize.strokes import Strokes
from stylize.stylizer import Stylizer
from stylize.terms import Content, Term, TotalVariation
from stylize.tiles import Tiles
from stylize.vgg import VGG19

__all__ = [
    "Adam",
    "Adaptive",
    "Color",
    "Content",
    "Copies",
    "Encoded",
    "Encoder",
    "Every",
    "Filtered",
    "Fine",
    "Gram",
    "GuidedGram",
    "GuidedMean",
    "Guides",
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
