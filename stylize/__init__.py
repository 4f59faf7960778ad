"""Style transfer by neural patches: tensors in, tensors out."""

from stylize.color import Recolor
from stylize.copies import Copies
from stylize.encoder import VGG19, Encoded, Encoder
from stylize.lite import Lite
from stylize.mrf import MRF
from stylize.pyramid import Pyramid
from stylize.refresh import Adaptive, Every, Refresh
from stylize.stylizer import LevelReport, Step, Stylized, Stylizer
from stylize.terms import Content, Term, TotalVariation

__all__ = [
    "MRF",
    "VGG19",
    "Adaptive",
    "Content",
    "Copies",
    "Encoded",
    "Encoder",
    "Every",
    "LevelReport",
    "Lite",
    "Pyramid",
    "Recolor",
    "Refresh",
    "Step",
    "Stylized",
    "Stylizer",
    "Term",
    "TotalVariation",
]
