"""Pages as they arrive: notes of ours printed at 200 dots per inch, then copied, faxed or photographed.

Everything is drawn from a seed; the same name gives the same pixels wherever the same fonts are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Picture = NDArray[np.uint8]

DPI = 200
PAGE = (1654, 2339)  # A4, columns and rows
NOTES = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "notes").glob("*.txt"))
}

_BUNDLED = Path(get_data_path()) / "fonts" / "ttf"
_SYSTEM = Path("/usr/share/fonts/truetype/liberation")


def _fonts() -> dict[str, Path]:
    """Faces to print in; those of matplotlib are there wherever the tests are, those of the system perhaps."""
    wanted = {
        "sans": _BUNDLED / "DejaVuSans.ttf",
        "serif": _BUNDLED / "DejaVuSerif.ttf",
        "mono": _BUNDLED / "DejaVuSansMono.ttf",
        "times": _BUNDLED / "STIXGeneral.ttf",
        "arial": _SYSTEM / "LiberationSans-Regular.ttf",
        "roman": _SYSTEM / "LiberationSerif-Regular.ttf",
        "courier": _SYSTEM / "LiberationMono-Regular.ttf",
    }
    return {name: path for name, path in wanted.items() if path.is_file()}


FONTS = _fonts()


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """``size``: pixels; 30 are 11 points at 200 dots per inch."""
    return ImageFont.truetype(FONTS[name], size)


def printed(text: str, face: str = "sans", size: int = 0) -> Picture:
    """A page of ``text``, its lines as they are; without a size the largest up to 30 pixels at which they fit."""
    margin = 110
    for pixels in (size,) if size else range(30, 15, -1):
        chosen = font(face, pixels)
        wide = max(chosen.getlength(line) for line in text.splitlines())
        high = len(text.splitlines()) * pixels * 1.4
        if wide <= PAGE[0] - 2 * margin and high <= PAGE[1] - 2 * margin:
            break
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(text.splitlines()):
        draw.text((margin, margin + number * pixels * 1.4), line, font=chosen, fill=15)
    return np.asarray(page)


def written(page: Picture, rows: Iterable[int], seed: int = 0) -> Picture:
    """Lines of joined strokes upon ``page``, in words of loops as of a hurried hand, at these rows."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(page)
    draw = ImageDraw.Draw(image)
    for row in rows:
        start = 110.0
        while start < PAGE[0] - 400:
            size, loops = 34 * rng.uniform(0.8, 1.2), int(rng.integers(3, 8))
            along = np.linspace(0, 2 * np.pi * loops, 24 * loops)
            heights = np.repeat(rng.choice([0.5, 0.5, 0.5, 1.1], loops), 24) * size
            across = start + along / (2 * np.pi) * size * 0.9 + np.sin(along) * size * 0.28 * rng.uniform(0.6, 1.4)
            down = row - np.convolve(heights, np.ones(9) / 9, "same") * (1 - np.cos(along)) / 2
            pen = down + np.cumsum(rng.normal(0, 0.25, len(along)))
            draw.line(list(zip(across, pen, strict=True)), fill=40, width=int(rng.integers(3, 6)), joint="curve")
            start = float(across.max()) + rng.uniform(25, 50)
    return np.asarray(image)


def _rotated(page: Picture, degrees: float) -> Image.Image:
    return Image.fromarray(page).rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)


def _noisy(page: Picture | Image.Image, deviation: float, seed: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(seed).normal(0, deviation, np.asarray(page).shape)
    return np.asarray(page, dtype=np.float64) + noise


def _whole(page: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def scan(page: Picture, seed: int = 0) -> Picture:
    """A fair scan: 0.7° askew, blurred by 0.6 pixels, noise of 12 levels."""
    return _whole(_noisy(_rotated(page, 0.7).filter(ImageFilter.GaussianBlur(0.6)), 12, seed))


def bad_scan(page: Picture, seed: int = 0) -> Picture:
    """A bad one: 2° askew, blurred by 1.1 pixels, 60 levels darker from the left to the right, noise of 25 levels."""
    blurred = _rotated(page, -2).filter(ImageFilter.GaussianBlur(1.1))
    return _whole(_noisy(blurred, 25, seed) - np.linspace(0, 60, page.shape[1])[None, :])


def fax(page: Picture, seed: int = 0) -> Picture:
    """Standard resolution, 200 × 100 dots per inch, in black and white: half the rows."""
    columns, rows = page.shape[1], page.shape[0] // 2
    coarse = Image.fromarray(page).resize((columns, rows), Image.Resampling.BOX)
    return np.where(_noisy(coarse, 10, seed) < 150, 0, 255).astype(np.uint8)


def photo(page: Picture, seed: int = 0) -> Picture:
    """A photograph (rows, columns, 3) of the page on a dark desk, seen aslant, with a shadow over one corner."""
    height, width = 3000, 2250
    corners = [(190, 210), (2010, 150), (2120, 2790), (120, 2850)]  # from the upper left one clockwise
    held = Image.fromarray(page).transform(
        (width, height), Image.Transform.PERSPECTIVE, _projection(corners, page), Image.Resampling.BICUBIC
    )
    inside = Image.new("L", (page.shape[1], page.shape[0]), 255).transform(
        (width, height), Image.Transform.PERSPECTIVE, _projection(corners, page), Image.Resampling.BILINEAR
    )
    paper = np.asarray(inside, dtype=np.float64) / 255
    rows, columns = np.mgrid[0:height, 0:width]
    light = 1 - 0.45 / (1 + np.exp((columns + 0.6 * rows - 2300) / 130)) - 0.12 * rows / height
    seen = (np.asarray(held) * 0.92 * paper + 62 * (1 - paper)) * light
    soft = Image.fromarray(_whole(seen)).filter(ImageFilter.GaussianBlur(0.9))
    grey = _noisy(soft, 5, seed)
    return np.stack([_whole(grey * tint) for tint in (1.0, 0.97, 0.9)], axis=-1)


def _projection(corners: list[tuple[int, int]], page: Picture) -> list[float]:
    """The eight numbers by which PIL finds a pixel of the page for one of the photograph."""
    rows, columns = page.shape
    equations, values = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (columns, 0), (columns, rows), (0, rows)], strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(equations, float), np.array(values, float))]


def clean(page: Picture, seed: int = 0) -> Picture:
    """As it was printed."""
    return page


GRADES: dict[str, Callable[[Picture, int], Picture]] = {
    "clean": clean,
    "scan": scan,
    "bad scan": bad_scan,
    "fax": fax,
    "photo": photo,
}
