"""The header of a DICOM object: everything before its pixels, read so that a damaged or hostile file cannot do harm.

A file may lack its preamble and its file meta information (PS3.10 chapter 7); then the encoding is told by the first
element. The preamble is never interpreted: one that begins like a program is reported, since the file would run when
it is started under another name, and such files are known to be made with ill intent.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from pydicom.filereader import read_dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from wardround.errors import ImageError
from wardround.images.readers.base import VOLUME_LIMIT, File
from wardround.images.study import Notice, Step

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Header", "PixelElement", "looks_like_dicom", "read_header"]

_IN_MEMORY = 64_000_000  # bytes; a file up to this size is parsed from memory, a larger one from disk
_PIXELS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa")
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
_EXPLICIT = UID("1.2.840.10008.1.2.1")
_HEADER = 16_000_000  # bytes of a deflated file in which its pixels must begin
_SLACK = 1 << 20  # bytes that may follow the pixels
_UNDEFINED = 0xFFFFFFFF
_DAMAGED = "send or export it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelElement:
    """Where the pixels stand: ``at`` is the offset of the value in the (inflated) file.

    ``length`` is in bytes; None if it is undefined, so that the value is a sequence of fragments.
    """

    keyword: str
    vr: str
    at: int
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A DICOM object without its pixels.

    Attributes:
        file: as it was given.
        body: the bytes that offsets count in: the file, or the file inflated.
        dataset: all elements before the pixels.
        syntax: the transfer syntax; the one told by the first element if the file does not name it.
        pixels: where the pixels stand; None if there are none.
        digest: SHA-256 of the file, hexadecimal.
        steps: what had to be done to read it.
        notices: what to know of it.
    """

    file: File
    body: File
    dataset: Dataset
    syntax: UID
    pixels: PixelElement | None
    digest: str
    steps: tuple[Step, ...] = ()
    notices: tuple[Notice, ...] = ()


def looks_like_dicom(head: bytes) -> bool:
    """Whether a file that begins so is DICOM, with or without preamble and file meta information."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 8:
        return False
    group, vr = struct.unpack("<H", head[:2])[0], head[4:6]
    if vr in _VRS:
        return group in (0x0002, 0x0008, 0x0200, 0x0800)  # the latter two in big-endian
    return group in (0x0002, 0x0008) and struct.unpack("<L", head[4:8])[0] <= 1024  # implicit VR


def read_header(file: File) -> Header:
    """Read all before the pixels.

    Raises:
        ImageError: it is no DICOM, cut off, nested too deeply, or inflates to far more than it says.
    """
    try:
        if file.size <= _IN_MEMORY:
            data = file.load()
            return _parsed(file, io.BytesIO(data), hashlib.sha256(data).hexdigest())
        with file.open() as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
            stream.seek(0)
            return _parsed(file, stream, digest)
    except ImageError:
        raise
    except RecursionError:
        raise ImageError("its sequences are nested too deeply", where=file.name, hint="no image needs this") from None
    except MemoryError:
        raise ImageError("its header needs more memory than there is", where=file.name, hint=_DAMAGED) from None
    except Exception as error:  # what pydicom raises quotes the header, so that it must not be chained
        reason = getattr(error, "strerror", None) or "its header is damaged"
        raise ImageError(reason, where=file.name, hint=_DAMAGED) from None


def _parsed(file: File, stream: BinaryIO, digest: str) -> Header:
    steps: list[Step] = []
    notices: list[Notice] = []
    if file.head[128:132] == b"DICM":
        stream.seek(132)
        if file.head.startswith(_PROGRAMS):
            notices.append(Notice("executable-preamble", "the file begins like a program; never start it"))
    else:
        steps.append(Step("no preamble", "read without one"))
    start = stream.tell()
    meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    named = str(meta.get("TransferSyntaxUID") or "").strip()
    if not meta:
        stream.seek(start)
    syntax = UID(named) if named else _guessed(stream, file)
    if not named:
        steps.append(Step("transfer syntax", f"not named; read as {syntax.name}"))
        notices.append(Notice("no-transfer-syntax", f"the file does not say how it is encoded; read as {syntax.name}"))
    body = file
    if deflated := syntax == DeflatedExplicitVRLittleEndian:
        start = stream.tell()
        stream = _all_inflated(file, start, _HEADER)
        steps.append(Step("inflate"))
    implicit = syntax == ImplicitVRLittleEndian
    little = syntax != ExplicitVRBigEndian
    dataset = read_dataset(stream, implicit, little, stop_when=lambda tag, vr, length: tag in _PIXELS)
    pixels = _pixel_element(stream, implicit, little)
    if deflated:
        body = _checked(file, start, pixels)
    return Header(
        file=file,
        body=body,
        dataset=dataset,
        syntax=syntax,
        pixels=pixels,
        digest=digest,
        steps=tuple(steps),
        notices=tuple(notices),
    )


def _guessed(stream: BinaryIO, file: File) -> UID:
    """The encoding, told by the first element; the stream stays where it is."""
    start = stream.tell()
    first = stream.read(8)
    stream.seek(start)
    if len(first) < 8:
        raise ImageError("the file ends within its header", where=file.name, hint=_DAMAGED)
    group, vr = struct.unpack("<HxxH", first[:6])[0], first[4:6]
    if vr not in _VRS:
        return ImplicitVRLittleEndian
    return ExplicitVRBigEndian if group >= 0x0100 else _EXPLICIT


def _pixel_element(stream: BinaryIO, implicit: bool, little: bool) -> PixelElement | None:
    order = "<" if little else ">"
    head = stream.read(8)
    if len(head) < 8:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    keyword = _PIXELS.get(group << 16 | element)
    if keyword is None:
        return None
    if implicit:
        vr, rest = "OW", head[4:]
    else:
        vr, rest = head[4:6].decode("latin-1"), stream.read(4)
    if len(rest) < 4:
        return None
    (length,) = struct.unpack(f"{order}L", rest)
    return PixelElement(keyword=keyword, vr=vr, at=stream.tell(), length=None if length == _UNDEFINED else length)


# A deflated dataset is inflated a chunk at a time, so that one that comes to gigabytes is refused at the cost of one
# chunk: first as much as its header may need, then, counting only, the pixels that the header says there are.


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    while not machine.eof:
        fed = machine.unconsumed_tail or stream.read(1 << 20)
        chunk = machine.decompress(fed, 1 << 20)
        if not chunk and not fed:
            return
        yield chunk


def _all_inflated(file: File, start: int, limit: int) -> BinaryIO:
    """The file with what is deflated from ``start`` inflated, as far as it goes in ``limit`` bytes."""
    with file.open() as stream:
        whole = io.BytesIO()
        whole.write(stream.read(start))
        try:
            for chunk in _chunks(stream):
                whole.write(chunk)
                if whole.tell() >= limit:
                    break
        except zlib.error:
            raise ImageError("its deflated data are damaged", where=file.name, hint=_DAMAGED) from None
    whole.seek(start)
    return whole


def _checked(file: File, start: int, pixels: PixelElement | None) -> File:
    """The file inflated, of which no more was read than its header says there is."""
    told = pixels.at + (pixels.length or 0) if pixels else _HEADER
    if told > VOLUME_LIMIT:
        raise ImageError("its deflated data are too large", where=file.name, hint="export it without compression")
    size = start
    with file.open() as stream:
        stream.seek(start)
        for chunk in _chunks(stream):
            size += len(chunk)
            if size > told + _SLACK:
                raise ImageError(
                    "it inflates to far more than its header says",
                    where=file.name,
                    hint="such a file is damaged, or made to exhaust the memory",
                )
    return File(name=file.name, size=size, open=partial(_reopened, file, start), head=file.head)


def _reopened(file: File, start: int) -> BinaryIO:
    stream = _all_inflated(file, start, VOLUME_LIMIT)
    stream.seek(0)
    return stream
