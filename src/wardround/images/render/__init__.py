"""What a model is shown of a study: the pictures MedGemma was trained on, and the way back to the file's own pixels."""

from wardround.images.render.rendering import Rendering, View, render
from wardround.images.render.sampling import sampled
from wardround.images.render.square import Square

__all__ = ["Rendering", "Square", "View", "render", "sampled"]
