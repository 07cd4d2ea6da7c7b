"""Whole slides: SVS, pyramids in TIFF, whole-slide DICOM, through OpenSlide; regions are read as they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wardround.errors import ImageError
from wardround.images.readers.base import FRAME_LIMIT, File, Reader, joined_digest, only_failure
from wardround.images.readers.tiff import TIFF
from wardround.images.study import Frame, Kind, Level, Notice, Series, Step, Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SlideReader"]

_WHOLE_SLIDE = b"1.2.840.10008.5.1.4.1.1.77.1.6\0"  # VL Whole Slide Microscopy Image Storage
_OVERVIEW = 1024  # pixels of the longer side
_REGION = 64_000_000
_PLAIN = 25_000_000  # pixels up to which a tiled TIFF of one level is a picture and no slide
_LABELS = ("label", "macro")


class SlideReader(Reader):
    """What OpenSlide reads, from disk; without the extra ``slides`` only DICOM is known for a slide."""

    def accepts(self, file: File) -> bool:
        if _WHOLE_SLIDE in file.head[132:]:
            return True
        if file.path is None or not file.head.startswith(TIFF):
            return False
        try:
            import openslide
        except (ImportError, OSError):
            return False
        try:
            with openslide.OpenSlide(str(file.path)) as found:
                vendor = found.properties.get("openslide.vendor", "")
                width, height = found.dimensions
                return vendor != "generic-tiff" or found.level_count > 1 or width * height > _PLAIN
        except Exception:  # no slide, or a damaged one, which then is refused as a picture
            return False

    def read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        series, digests, failed = [], [], []
        fields: set[str] = set()
        seen: set[str] = set()
        for file in files:
            try:
                found, uid, labels = _read(file, kind, seen)
            except ImageError as error:
                failed.append(error)
                continue
            if found is None:  # another level of a slide that is open already
                continue
            seen.add(uid)
            series.append(found)
            fields.update(labels)
            digests.append(found.uid.removeprefix("sha256:"))
        if not series:
            raise only_failure(failed)
        study = Study(
            format="whole slide",
            series=tuple(series),
            digest=joined_digest(digests),
            patient_data=tuple(sorted(fields)),
            left_out=tuple(f"{error.where}: {error.what}" for error in failed),
        )
        return (study,)


def _read(file: File, kind: Kind | None, seen: set[str]) -> tuple[Series | None, str, list[str]]:
    try:
        import openslide
    except (ImportError, OSError):
        raise ImageError(
            "this is a whole slide", where=file.name, hint="to read it: pip install 'wardround[slides]'"
        ) from None
    if file.path is None:
        raise ImageError("a whole slide is read from disk", where=file.name, hint="unpack it, and give its path")
    try:
        opened = openslide.OpenSlide(str(file.path))
    except Exception:
        raise ImageError(
            "this whole slide is damaged, or of a kind that OpenSlide does not read", where=file.name, hint=_HINT
        ) from None
    uid = opened.properties.get("dicom.SeriesInstanceUID", "") or str(file.path)
    if uid in seen:
        opened.close()
        return None, uid, []
    with file.open() as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    slide = _OpenSlide(opened, file.name)
    labels = [f"{name} image" for name in _LABELS if name in opened.associated_images]
    warnings = []
    if labels:
        warnings.append(Notice("label-image", "the file holds photos of the slide, whose label may name the patient"))
    if slide.mpp is None:
        warnings.append(Notice("no-mpp", "the slide does not say how large its pixels are"))
    rows, columns = slide.overview_size
    series = Series(
        uid=f"sha256:{digest}",
        modality="SM",
        kind=kind or "slide",
        units="display",
        frames=(Frame(rows=rows, columns=columns, load=slide.overview),),
        colour=True,
        slide=slide,
        steps=(Step("open", f"whole slide of {len(slide.levels)} levels"),),
        warnings=tuple(warnings),
    )
    return series, uid, labels


_HINT = "give all its files in one folder, or export a region of it as a picture"


class _OpenSlide:
    """A `wardround.images.study.Slide`."""

    def __init__(self, opened: Any, where: str) -> None:
        self._opened = opened
        self._where = where
        sizes = zip(opened.level_dimensions, opened.level_downsamples, strict=True)
        self._levels = tuple(Level(width, height, float(times)) for (width, height), times in sizes)

    @property
    def levels(self) -> tuple[Level, ...]:
        return self._levels

    @property
    def mpp(self) -> float | None:
        try:
            x, y = (float(self._opened.properties[f"openslide.mpp-{axis}"]) for axis in "xy")
        except (KeyError, ValueError):
            return None
        return (x + y) / 2 if x > 0 and y > 0 else None

    def region(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        if not 0 <= level < len(self._levels):
            raise ValueError(f"there is no level {level}")
        if width < 1 or height < 1 or width * height > _REGION:
            raise ValueError("a region has at least 1 and at most 64 million pixels")
        times = self._levels[level].downsample
        try:
            found = self._opened.read_region((round(x * times), round(y * times)), level, (width, height))
        except Exception:
            raise ImageError("the slide is damaged there", where=self._where, hint="copy or export it again") from None
        return _on_white(np.asarray(found))

    @property
    def overview_size(self) -> tuple[int, int]:
        """Rows and columns of the overview."""
        first = self._levels[0]
        scale = min(1.0, _OVERVIEW / max(first.width, first.height))
        return max(1, round(first.height * scale)), max(1, round(first.width * scale))

    def overview(self) -> NDArray[np.generic]:
        """The whole slide, small."""
        from PIL import Image

        rows, columns = self.overview_size
        times = self._levels[0].width / columns
        level = self._opened.get_best_level_for_downsample(times)
        chosen = self._levels[level]
        if chosen.width * chosen.height > FRAME_LIMIT:
            raise ImageError("the slide has no small level", where=self._where, hint="convert it to a pyramid")
        whole = self.region(level, 0, 0, chosen.width, chosen.height)
        small = Image.fromarray(whole).resize((columns, rows), Image.Resampling.BOX)
        return np.asarray(small)


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA on a white ground."""
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = (pixels[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)
