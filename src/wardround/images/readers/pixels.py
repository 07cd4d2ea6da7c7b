"""The stored pixels of a DICOM object: checked against the file when it is read, decoded a frame at a time when asked.

What a file says of its pixels is compared with what it holds before anything is decoded, so that one that is cut off,
or whose compressed pictures are larger than its header says, is refused at once and without its memory.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    MPEGTransferSyntaxes,
    RLELossless,
)

from wardround.errors import ImageError
from wardround.images.readers.base import FRAME_LIMIT
from wardround.images.readers.codestream import codestream
from wardround.images.readers.fragments import Fragment, find_fragments, frames_of
from wardround.images.readers.quiet import quiet
from wardround.images.readers.values import integer, text
from wardround.images.study import Notice

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from wardround.images.readers.header import Header, PixelElement

__all__ = ["Pixels"]

_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_HIGH_THROUGHPUT = ("1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203")
_PHOTOMETRIC = {
    1: ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"),
    3: ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"),
}
_FRAMES = 200_000
# One decoder for each syntax, the one that survives damaged data. GDCM's ends the process, and pylibjpeg's for RLE
# raises what is no Exception, so that neither is ever asked.
_PLUGINS = {
    "pydicom": (RLELossless,),
    "pillow": (JPEGBaseline8Bit,),
    "pyjpegls": tuple(JPEGLSTransferSyntaxes),
    "pylibjpeg": (*JPEG2000TransferSyntaxes, *_HIGH_THROUGHPUT),
}
_PEEK = 1 << 16  # bytes of a compressed picture in which its header stands
_AGAIN = "send or export it again"


def _plugin(syntax: UID) -> str:
    return next((name for name, syntaxes in _PLUGINS.items() if syntax in syntaxes), "")


class Pixels:
    """The stored pixels of one object.

    Attributes:
        rows: of every frame.
        columns: of every frame.
        samples: 1 for grey and palette, 3 for colour.
        frames: their number.
        allocated: bits of a sample in the file.
        stored: of these, the significant ones.
        signed: whether values may be negative.
        photometric: Photometric Interpretation, as the file's pixels are.
        notices: what to know of them.
    """

    def __init__(self, header: Header) -> None:
        """Check what the header says against the file.

        Raises:
            ImageError: there are no pixels, fewer than there should be, or in a form that cannot be decoded.
        """
        # The header itself is not kept: a study of thousands of files would hold all of theirs.
        dataset = header.dataset
        self._where = header.file.name
        self._body = header.body
        self._syntax = header.syntax
        self._element = header.pixels
        self.rows = integer(dataset, "Rows") or 0
        self.columns = integer(dataset, "Columns") or 0
        self.samples = integer(dataset, "SamplesPerPixel") or 1
        self.allocated = integer(dataset, "BitsAllocated") or 0
        self.stored = integer(dataset, "BitsStored") or self.allocated
        self.signed = integer(dataset, "PixelRepresentation") == 1
        self.photometric = text(dataset, "PhotometricInterpretation")
        self.frames = self._count(dataset)
        notices: list[Notice] = []
        self._check_form(notices)
        self._encapsulated = self._syntax == _DEFLATED_FRAMES or self._syntax.is_encapsulated
        if self._element is None or self._element.length == 0:
            raise self._wrong("it has no pixel data", "")
        if self._element.length is None:
            self._fragments = self._check_fragments(self._element, notices)
        else:
            self._check_length(self._element, self._element.length, notices)
        self.notices = tuple(notices)
        self._options = self._told_to_decoders(dataset, self._element)

    def _wrong(self, what: str, hint: str = _AGAIN) -> ImageError:
        return ImageError(what, where=self._where, hint=hint)

    def _count(self, dataset: Dataset) -> int:
        if not text(dataset, "NumberOfFrames"):
            if "NumberOfFrames" in dataset and dataset.get_item("NumberOfFrames").value:
                raise self._wrong("its number of frames is not a number")
            return 1
        count = integer(dataset, "NumberOfFrames")
        if count is None or not 0 <= count <= _FRAMES:
            raise self._wrong("its number of frames makes no sense")
        return count or 1

    def _check_form(self, notices: list[Notice]) -> None:
        if self.rows < 1 or self.columns < 1:
            raise self._wrong("its header does not say how many rows and columns it has")
        if self.rows * self.columns > FRAME_LIMIT:
            raise self._wrong(f"a frame has more than {FRAME_LIMIT:,} pixels", "give a smaller picture")
        if self.samples not in _PHOTOMETRIC:
            raise self._wrong(f"it has {self.samples} samples per pixel, not 1 or 3", "")
        if not self.photometric:
            self.photometric = "RGB" if self.samples == 3 else "MONOCHROME2"
            notices.append(
                Notice(
                    "no-photometric", f"the file does not say how its values are meant; {self.photometric} is assumed"
                )
            )
        if self.photometric not in _PHOTOMETRIC[self.samples]:
            raise self._wrong("its photometric interpretation is unknown or does not fit its samples", "")
        if self.allocated not in (1, 8, 16, 32, 64) or not 1 <= self.stored <= self.allocated:
            raise self._wrong("its bits allocated and stored make no sense")
        syntax = self._syntax
        if syntax in MPEGTransferSyntaxes or "HEVC" in syntax.name or "Video" in syntax.name:
            raise self._wrong("it is a video", "export its frames as pictures")
        if syntax != _DEFLATED_FRAMES:
            try:
                get_decoder(syntax)
            except NotImplementedError:
                what = "retired" if syntax.is_retired else "unknown"
                name = syntax.name if syntax.is_transfer_syntax else ""
                hint = "transcode it, for instance to Explicit VR Little Endian with DCMTK's dcmdjpeg or gdcmconv --raw"
                raise self._wrong(f"its transfer syntax is {what}" + (f": {name}" if name else ""), hint) from None

    # pixels as they are, or "native"

    @property
    def _frame_bytes(self) -> float:
        values = self.rows * self.columns * self.samples
        if self.photometric == "YBR_FULL_422":
            values = values // 3 * 2
        return values * self.allocated / 8

    def _check_length(self, element: PixelElement, length: int, notices: list[Notice]) -> None:
        if self._encapsulated:
            raise self._wrong("its pixel data are not compressed, though its header says so")
        there = self._body.size - element.at
        if self.photometric == "YBR_FULL_422" and length >= self._frame_bytes * 1.5 * self.frames:
            self.photometric = "YBR_FULL"  # not sampled down, whatever the header says
        needed = self._frame_bytes * self.frames
        if there < min(length, needed):
            raise self._wrong("the file ends before its pixel data do")
        if length < needed:
            raise self._wrong("its pixel data are shorter than its header says")
        if length >= needed + self._frame_bytes:
            notices.append(
                Notice("excess-pixel-data", "there are more pixel data than the header says; they are left out")
            )

    # compressed pixels, or "encapsulated"

    def _check_fragments(self, element: PixelElement, notices: list[Notice]) -> tuple[tuple[Fragment, ...], ...]:
        if not self._encapsulated:
            raise self._wrong("its pixel data are compressed, though its header says they are not")
        body = self._body
        with body.open() as stream:
            fragments = find_fragments(stream, element.at, body.size, self._where)
            frames = frames_of(fragments, self.frames, self._where)
            if not fragments.closed:
                self._check_end(stream, frames[-1][-1])
                notices.append(Notice("unclosed", "the end of the pixel data is not marked; all frames are there"))
            if self._coded_by_itself:
                for number, frame in enumerate(frames[: self.frames], 1):
                    stream.seek(frame[0].at)
                    self._check_picture(stream.read(min(frame[0].length, _PEEK)), number)
        if self._syntax == RLELossless and any(sum(f.length for f in each) > self._rle_bytes for each in frames):
            raise self._wrong("its compressed pixel data are longer than they can be")
        if len(frames) > self.frames:
            notices.append(Notice("excess-pixel-data", "there are more frames than the header says; they are left out"))
        return frames[: self.frames]

    @property
    def _rle_bytes(self) -> float:
        """More than a frame can come to in RLE, which may unpack to 64 times its length."""
        return 2 * self._frame_bytes + 4096

    @property
    def _coded_by_itself(self) -> bool:
        """Whether a compressed frame has a header of its own."""
        syntax = self._syntax
        return syntax != RLELossless and syntax != _DEFLATED_FRAMES

    def _check_end(self, stream: Any, last: Fragment) -> None:
        stream.seek(last.at + max(last.length - 4, 0))
        if self._coded_by_itself and b"\xff\xd9" not in stream.read(4):
            raise self._wrong("the file ends before its pixel data do")

    def _check_picture(self, start: bytes, number: int) -> None:
        told = codestream(start)
        if told is None:
            raise self._wrong(f"the compressed picture of frame {number} is damaged")
        if (told.columns, told.components) != (self.columns, self.samples) or told.rows not in (self.rows, 0):
            raise self._wrong(
                f"the compressed picture of frame {number} has another size than the header says",
                "its header and its pixel data do not belong together",
            )

    # decoding

    def _told_to_decoders(self, dataset: Dataset, element: PixelElement) -> dict[str, Any]:
        options = as_pixel_options(dataset, number_of_frames=self.frames, view_only=True)
        options.pop("extended_offsets", None)
        options.update(
            photometric_interpretation=self.photometric,
            samples_per_pixel=self.samples,
            bits_stored=self.stored,
            pixel_representation=int(self.signed),
            pixel_keyword=element.keyword,
        )
        if self.samples > 1:
            options.setdefault("planar_configuration", 0)
        if element.vr in ("OB", "OW"):
            options["pixel_vr"] = element.vr
        return options

    def frame(self, index: int) -> NDArray[np.generic]:
        """The stored values of a frame, counted from 0: (rows, columns), or (rows, columns, 3) in RGB.

        Raises:
            ImageError: they cannot be decoded.
        """
        try:
            with quiet():
                found = self._decoded(index) if self._encapsulated else self._native(index)
        except ImageError:
            raise
        except OSError:
            raise self._wrong("the file can no longer be read", "read the study again") from None
        except MemoryError:
            raise self._wrong("a frame needs more memory than there is", "") from None
        except Exception:  # decoders raise what they like
            raise self._wrong(f"frame {index + 1} cannot be decoded") from None
        shape = (self.rows, self.columns) if self.samples == 1 else (self.rows, self.columns, 3)
        if found.shape != shape:
            raise self._wrong(f"frame {index + 1} has another size than the header says")
        return found

    def _native(self, index: int) -> NDArray[np.generic]:
        assert self._element is not None
        with self._body.open() as stream:
            stream.seek(self._element.at)
            found, _ = get_decoder(self._syntax).as_array(stream, index=index, **self._options)
        return found

    def _decoded(self, index: int) -> NDArray[np.generic]:
        with self._body.open() as stream:
            data = b""
            for fragment in self._fragments[index]:
                stream.seek(fragment.at)
                data += stream.read(fragment.length)
        syntax = self._syntax
        if syntax == _DEFLATED_FRAMES:
            return self._deflated(data)
        options = self._options | {"number_of_frames": 1}
        plugin = _plugin(syntax)
        if not plugin:
            return self._by_imagecodecs(data)
        encapsulated = encapsulate([data], has_bot=False)
        try:
            found, _ = get_decoder(syntax).as_array(encapsulated, index=0, decoding_plugin=plugin, **options)
        except (RuntimeError, ValueError, NotImplementedError):
            return self._by_imagecodecs(data)
        return found

    def _deflated(self, data: bytes) -> NDArray[np.generic]:
        size = int(self._frame_bytes)
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size)
        if len(inflated) < size:
            raise self._wrong("its pixel data are shorter than its header says")
        options = self._options | {"number_of_frames": 1}
        found, _ = get_decoder("1.2.840.10008.1.2.1").as_array(inflated, index=0, **options)
        return found

    def _by_imagecodecs(self, data: bytes) -> NDArray[np.generic]:
        """JPEG without loss, and what pydicom's decoders fail on: JPEG of 12 bits that breaks the rules, for one."""
        import imagecodecs

        syntax = self._syntax
        if syntax in JPEG2000TransferSyntaxes or syntax in _HIGH_THROUGHPUT:
            found = imagecodecs.jpeg2k_decode(data)
        elif syntax in JPEGTransferSyntaxes:
            space = "RGB" if self.photometric == "RGB" else "YCBCR" if self.samples == 3 else None
            found = imagecodecs.jpeg_decode(data, colorspace=space, outcolorspace="RGB" if space else None)
        else:
            raise self._wrong("its pixel data are damaged")
        if self.signed and found.dtype.kind == "u":
            spare = found.dtype.itemsize * 8 - self.stored
            found = (found.view(f"i{found.dtype.itemsize}") << spare) >> spare
        return found
