"""Style transfer by neural patches: tensors in, tensors out."""

from stylize.color import Color, Recolor
from stylize.copies import Copies
from stylize.encoder import VGG19, Encoded, Encoder
from stylize.lite import Lite
from stylize.mrf import MRF
from stylize.optimizer import LBFGS, Adam
from stylize.picture import Picture, without_masks
from stylize.pyramid import Pyramid
from stylize.refresh import Adaptive, Every, Refresh
from stylize.report import LevelReport, Step, Stylized
from stylize.stylizer import Stylizer
from stylize.terms import Content, Term, TotalVariation

__all__ = [
    "Adam",
    "Adaptive",
    "Color",
    "Content",
    "Copies",
    "Encoded",
    "Encoder",
    "Every",
    "LBFGS",
    "LevelReport",
    "Lite",
    "MRF",
    "Picture",
    "Pyramid",
    "Recolor",
    "Refresh",
    "Step",
    "Stylized",
    "Stylizer",
    "Term",
    "TotalVariation",
    "VGG19",
    "without_masks",
]
