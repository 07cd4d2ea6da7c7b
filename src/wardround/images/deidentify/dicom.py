"""One DICOM file: its pictures to look at, and the file without the patient."""

from __future__ import annotations

import copy
import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wardround.errors import ImageError
from wardround.images.deidentify.changes import Changes, compared
from wardround.images.deidentify.checklist import left_in
from wardround.images.deidentify.codestreams import without_comments
from wardround.images.deidentify.elements import drop_unreadable
from wardround.images.deidentify.header import clean
from wardround.images.deidentify.text import redact
from wardround.images.readers.base import VOLUME_LIMIT
from wardround.images.readers.header import read_header
from wardround.images.readers.pixels import Pixels
from wardround.images.readers.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from pydicom import Dataset
    from pydicom.uid import UID

    from wardround.images.deidentify.identifiers import Identifiers
    from wardround.images.deidentify.text import TextBox
    from wardround.images.readers.base import File

__all__ = ["DicomObject"]

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_MAPS = frozenset({"SEG", "RTDOSE", "RWV"})  # modalities whose pixels are no picture that anything is written in
_SLICES = frozenset({"CT", "MR", "PT", "NM"})
_HEADS = ("HEAD", "BRAIN", "SKULL", "FACE", "NECK", "ORBIT", "SINUS", "EAR", "JAW", "IAC")
_LOSSY = frozenset({f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 81, 203)})
_SWAPPED = "1.2.840.10008.1.2.2"


class DicomObject:
    """What is in one DICOM file.

    Raises:
        ImageError: it cannot be read, or has no pixels: reports, waveforms and documents are not de-identified.
    """

    def __init__(self, file: File) -> None:
        with quiet():
            self._header = read_header(file)
            self._dropped = drop_unreadable(self._header.dataset)
            if self._header.pixels is None:
                raise ImageError(
                    "it has no picture; reports, waveforms and documents are not de-identified", where=file.name
                )
            self._pixels = Pixels(self._header)

    suffix = ".dcm"

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return self._pixels.frames

    @property
    def looked_at(self) -> bool:
        """Whether something can be written in its pictures; maps of segments and doses are none."""
        return self._told("Modality") not in _MAPS and self._pixels.allocated > 1

    @property
    def says_burned_in(self) -> bool:
        """Whether its header says that the patient can be told by what is written in it."""
        return self._told("BurnedInAnnotation") == "YES"

    @property
    def acquisition(self) -> tuple[object, ...] | None:
        """What slices of one acquisition have in common; None if it is no such slice, and must be looked at itself."""
        if self._told("Modality") not in _SLICES or self.frames > 1 or not self._told("ImageType").startswith("['ORIG"):
            return None
        if "LOCALIZER" in self._told("ImageType"):
            return None
        return self._told("SeriesInstanceUID"), self._told("ImageType"), self._pixels.rows, self._pixels.columns

    @cached_property
    def regions(self) -> tuple[tuple[int, int, int, int], ...]:
        """Of an ultrasound: (left, top, right, bottom), half open."""
        found = []
        for item in self._header.dataset.get("SequenceOfUltrasoundRegions") or ():
            corners = [item.get(f"RegionLocation{corner}") for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
            if all(isinstance(corner, int) for corner in corners):
                left, top, right, bottom = corners
                found += [(left, top, right + 1, bottom + 1)] if left < right and top < bottom else []
        return tuple(found)

    def _told(self, keyword: str) -> str:
        return str(self._header.dataset.get(keyword) or "").strip().upper()

    def picture(self, index: int) -> NDArray[np.generic]:
        """A frame, from 0, to be looked at: grey as stored, or RGB.

        Raises:
            ImageError: it cannot be decoded.
        """
        frame = self._pixels.frame(index)
        if self._pixels.photometric != "PALETTE COLOR":
            return frame
        from wardround.images.readers.lookup import palette_of

        return palette_of(self._header.dataset, self._header.file.name).apply(frame)

    def without_patient(
        self, identifiers: Identifiers, boxes: Sequence[TextBox] = (), *, confirmed: bool = False
    ) -> tuple[bytes, Changes]:
        """The file without the patient, and what was changed.

        Args:
            identifiers: what takes the place of UIDs, names and days.
            boxes: made black in every frame.
            confirmed: a person has said that nothing else in the pictures names the patient.

        Raises:
            ImageError: what identifies the patient is left in it, or its pixels cannot be decoded.
        """
        with quiet():
            result = copy.deepcopy(self._header.dataset)
            clean(result, identifiers, pixels_cleaned=bool(boxes))
            self._say_what_shows(result, cleaned=bool(boxes) and confirmed)
            syntax = self._put_redacted(result, boxes) if boxes else self._put_pixels(result)
            data = _written(result, syntax)
            left = left_in(data, self._header.dataset, identifiers)
            if left:
                raise ImageError(
                    f"it is not written, for it would still hold what identifies the patient: {', '.join(left)}",
                    where=self._header.file.name,
                    hint="have these attributes removed where the file comes from",
                )
            return data, compared(self._header.dataset, result, self._dropped)

    def _say_what_shows(self, result: Dataset, *, cleaned: bool) -> None:
        if cleaned:
            result.BurnedInAnnotation = "NO"
        elif self.says_burned_in:  # it no longer holds, and nobody knows whether the opposite does
            del result.BurnedInAnnotation
        part = self._told("BodyPartExamined")
        if self._told("Modality") == "XC" or (self._told("Modality") in _SLICES and part.startswith(_HEADS)):
            result.RecognizableVisualFeatures = "YES"

    # pixels as they are

    def _put_pixels(self, result: Dataset) -> UID:
        """The pixels without what may hide behind, between and in them."""
        from pydicom.encaps import encapsulate
        from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

        from wardround.images.readers.fragments import find_fragments, frames_of

        header, element = self._header, self._header.pixels
        assert element is not None
        with header.body.open() as stream:
            if element.length is None:
                fragments = find_fragments(stream, element.at, header.body.size, header.file.name)
                found = frames_of(fragments, self.frames, header.file.name)
                frames = []
                for frame in found[: self.frames]:
                    data = b""
                    for fragment in frame:
                        stream.seek(fragment.at)
                        data += stream.read(fragment.length)
                    frames.append(without_comments(data))
                _set_pixels(result, element.keyword, "OB", encapsulate(frames, has_bot=False), undefined=True)
                return header.syntax
            stream.seek(element.at)
            data = stream.read(min(element.length, self._native_bytes()))
        values = self._without_embedded_overlays(data)
        syntax = header.syntax
        if syntax == _SWAPPED:
            values = _swap(result, values, self._pixels.allocated)
        _set_pixels(result, element.keyword, element.vr if syntax != _SWAPPED else "", values, self._pixels.allocated)
        return ExplicitVRLittleEndian if syntax in (_SWAPPED, DeflatedExplicitVRLittleEndian) else syntax

    def _native_bytes(self) -> int:
        pixels = self._pixels
        samples = pixels.rows * pixels.columns * pixels.samples * pixels.frames
        if pixels.photometric == "YBR_FULL_422":
            samples = samples // 3 * 2
        return (samples * pixels.allocated + 7) // 8

    def _without_embedded_overlays(self, data: bytes) -> bytes:
        """Old files keep overlays in the bits that pixels do not use (PS3.3 2004 C.9.2.1)."""
        import numpy as np

        pixels, dataset = self._pixels, self._header.dataset
        embedded = any(
            0x6000 <= each.tag.group <= 0x60FF and each.tag.element == 0x0102 and each.value for each in dataset
        )
        if not embedded or pixels.allocated not in (8, 16, 32) or pixels.stored == pixels.allocated:
            return data
        order = ">" if self._header.syntax == _SWAPPED else "<"
        values = np.frombuffer(data, f"{order}u{pixels.allocated // 8}")
        first = int(dataset.get("HighBit", pixels.stored - 1)) + 1 - pixels.stored
        values = values & np.array(((1 << pixels.stored) - 1) << first, values.dtype)
        if pixels.signed and first == 0:
            spare = pixels.allocated - pixels.stored
            values = ((values << spare).view(f"{order}i{pixels.allocated // 8}") >> spare).astype(values.dtype)
        return bytes(values.tobytes())

    # pixels with boxes made black

    def _put_redacted(self, result: Dataset, boxes: Sequence[TextBox]) -> UID:
        """All frames decoded, black where the boxes are, and not compressed again."""
        import numpy as np
        from pydicom.uid import ExplicitVRLittleEndian

        pixels = self._pixels
        if self._native_bytes() > VOLUME_LIMIT:
            raise ImageError("its pixels are too many to be changed", where=self._header.file.name)
        frames = [pixels.frame(index) for index in range(self.frames)]
        black = self._black(frames)
        data = b"".join(np.ascontiguousarray(redact(frame, boxes, black)).tobytes() for frame in frames)
        allocated = frames[0].dtype.itemsize * 8
        if self._header.syntax == _SWAPPED:
            _swap(result, b"", 8)
        if pixels.samples == 3:
            result.PhotometricInterpretation, result.PlanarConfiguration = "RGB", 0
        result.BitsAllocated = allocated
        if self._header.syntax in _LOSSY:
            result.LossyImageCompression = "01"
        for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue"):
            if keyword in result:
                del result[keyword]
        element = self._header.pixels
        assert element is not None
        _set_pixels(result, element.keyword, "", data, allocated)
        return ExplicitVRLittleEndian

    def _black(self, frames: Sequence[NDArray[np.generic]]) -> Any:
        """The stored value that shows as black."""
        photometric = self._pixels.photometric
        if photometric == "PALETTE COLOR":
            from wardround.images.readers.lookup import palette_of

            table = palette_of(self._header.dataset, self._header.file.name)
            return table.first + int(table.values.astype(int).sum(axis=1).argmin())
        if self._pixels.samples == 3:
            return 0
        if photometric == "MONOCHROME1":
            return max(frame.max() for frame in frames)
        return min(frame.min() for frame in frames)


def _set_pixels(
    result: Dataset, keyword: str, vr: str, data: bytes, allocated: int = 8, *, undefined: bool = False
) -> None:
    from pydicom import DataElement
    from pydicom.tag import Tag

    for other in (*_PIXELS, "ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if other in result:
            del result[other]
    known = {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}
    vr = known.get(keyword) or vr or ("OB" if allocated <= 8 else "OW")
    element = DataElement(Tag(keyword), vr, data + b"\0" * (len(data) % 2))
    element.is_undefined_length = undefined
    result[element.tag] = element


def _swap(result: Dataset, data: bytes, allocated: int) -> bytes:
    """Pixels, and tables of words, from big to little endian; the rest of the header is not told by its bytes."""
    import numpy as np

    for element in result:
        items = list(element.value or ()) if element.VR == "SQ" else []
        for item in items:
            _swap(item, b"", 8)
        if element.VR == "OW" and isinstance(element.value, bytes):
            element.value = np.frombuffer(element.value[: len(element.value) // 2 * 2], ">u2").astype("<u2").tobytes()
    size = max(1, allocated // 8)
    return np.frombuffer(data, f">u{size}").astype(f"<u{size}").tobytes() if size > 1 else data


def _written(result: Dataset, syntax: UID) -> bytes:
    """The file: an empty preamble, file meta information made anew, the elements."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(str(result.get("SOPClassUID", "")))
    meta.MediaStorageSOPInstanceUID = UID(str(result.get("SOPInstanceUID", "")))
    meta.TransferSyntaxUID = syntax
    whole = FileDataset(None, result, preamble=b"\0" * 128, file_meta=meta)  # type: ignore[arg-type]
    buffer = io.BytesIO()
    dcmwrite(buffer, whole, enforce_file_format=True)
    return buffer.getvalue()
