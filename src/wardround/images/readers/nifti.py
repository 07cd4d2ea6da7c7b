"""NIfTI-1 and NIfTI-2, compressed or not: volumes in RAS, shown as a radiologist looks at slices, in LPS.

Slices are cut along the thickest dimension, which is the one they were taken along; where all are about alike, they
are axial. Axial and coronal ones have the patient's right at the left, sagittal ones the front.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
from nibabel import orientations

from wardround.errors import ImageError
from wardround.images.readers.base import FRAME_LIMIT, VOLUME_LIMIT, File, Reader, joined_digest, only_failure
from wardround.images.readers.quiet import quiet
from wardround.images.study import Frame, Geometry, Kind, Notice, Series, Step, Study, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NiftiReader"]

_AGAIN = "send or export it again"
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_THICK = 1.5  # times as thick as the thinnest: the dimension that slices were taken along
_VIEWS = ("SAGITTAL", "CORONAL", "AXIAL")  # by the axis, of left, back and up, that slices follow
_orientations: Any = orientations  # its functions have no annotations
_UNITS = {"meter": 1000.0, "mm": 1.0, "micron": 0.001}


class NiftiReader(Reader):
    """NIfTI in one file, ``.nii`` or ``.nii.gz``."""

    def accepts(self, file: File) -> bool:
        head = file.head
        if head.startswith(_GZIP):
            try:
                head = zlib.decompressobj(31).decompress(head, 1024)
            except zlib.error:
                return False
        return head[344:348] == b"n+1\0" or head[4:8] == b"n+2\0"

    def read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        series, digests, left_out, failed = [], [], [], []
        for file in files:
            try:
                with quiet():
                    found, more = _read(file, kind)
                series.append(found)
                digests.append(found.uid.removeprefix("sha256:"))
                if more:
                    named = f"{file.name}: " if file.name else ""
                    left_out.append(f"{named}{more} further volume{'s' * (more > 1)}")
            except ImageError as error:
                failed.append(error)
        if not series:
            raise only_failure(failed)
        left_out += [f"{error.where}: {error.what}" for error in failed]
        study = Study(format="NIfTI", series=tuple(series), digest=joined_digest(digests), left_out=tuple(left_out))
        return (study,)


def _read(file: File, kind: Kind | None) -> tuple[Series, int]:
    try:
        with file.open() as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        header = _header(file)
        shape = tuple(int(each) for each in header.get_data_shape())
        dtype = header.get_data_dtype()
        affine = np.array(header.get_best_affine(), np.float64)
        slope, intercept = header.get_slope_inter()
        oriented = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
        spatial = header.get_xyzt_units()[0]
    except ImageError:
        raise
    except Exception:  # nibabel raises what comes
        raise ImageError("its header is damaged", where=file.name, hint=_AGAIN) from None
    affine[:3] *= _UNITS.get(spatial, 1.0)
    shape = shape + (1,) * (3 - len(shape))
    if min(shape) < 1 or dtype.kind == "c" or not np.isfinite(affine).all():
        raise ImageError("it holds no image that can be shown", where=file.name, hint="give a volume of real numbers")
    needed = int(header["vox_offset"]) + math.prod(shape) * dtype.itemsize
    one = math.prod(shape[:3])
    if one * dtype.itemsize > VOLUME_LIMIT or any(one // each > FRAME_LIMIT for each in shape[:3]):
        raise ImageError("its volume is too large", where=file.name, hint="give a smaller part of it")
    _check_length(file, needed)
    volume = _Volume(
        file=file,
        offset=int(header["vox_offset"]),
        shape=(shape[0], shape[1], shape[2]),
        dtype=dtype,
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
        affine=affine,
    )
    return _series(volume, header, digest, oriented, kind), math.prod(shape[3:]) - 1


def _header(file: File) -> Any:
    start = b""
    for chunk in _chunks(file):
        start += chunk
        if len(start) >= 540:
            break
    kind: Any = nibabel.Nifti2Header if start[4:8] == b"n+2\0" else nibabel.Nifti1Header
    size = 540 if kind is nibabel.Nifti2Header else 348
    if len(start) < size:
        raise ImageError("the file ends within its header", where=file.name, hint=_AGAIN)
    return kind(start[:size])


def _chunks(file: File) -> Iterator[bytes]:
    """The content, unpacked if it is packed, a piece at a time."""
    with file.open() as stream:
        if not file.head.startswith(_GZIP):
            while chunk := stream.read(_CHUNK):
                yield chunk
            return
        machine = zlib.decompressobj(31)
        try:
            while not machine.eof:
                fed = machine.unconsumed_tail or stream.read(_CHUNK)
                chunk = machine.decompress(fed, _CHUNK)
                if not chunk and not fed:
                    return
                yield chunk
        except zlib.error:
            raise ImageError("its packed data are damaged", where=file.name, hint=_AGAIN) from None


def _check_length(file: File, needed: int) -> None:
    there = 0
    if file.head.startswith(_GZIP):
        for chunk in _chunks(file):
            there += len(chunk)
            if there > needed + _CHUNK:
                raise ImageError(
                    "it unpacks to far more than its header says",
                    where=file.name,
                    hint="it is damaged, or made to harm",
                )
    else:
        there = file.size
    if there < needed:
        raise ImageError("the file ends before its volume does", where=file.name, hint=_AGAIN)


@dataclass(frozen=True, kw_only=True)
class _Volume:
    """The first volume of a file, decoded when the first slice is asked for."""

    file: File
    offset: int
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    slope: float
    intercept: float
    affine: NDArray[np.float64]

    @cached_property
    def lps(self) -> NDArray[np.generic]:
        """The stored values, with axes towards left, back and up; (x, y, z), or (x, y, z) of RGB records."""
        try:
            stored = self._stored.reshape(self.shape, order="F")
        except (OSError, ValueError, MemoryError):
            raise ImageError("the volume can no longer be read", where=self.file.name, hint="read it again") from None
        turned: NDArray[np.generic] = _orientations.apply_orientation(stored, _orientations.io_orientation(self.affine))
        return turned[::-1, ::-1]

    @property
    def _stored(self) -> NDArray[np.generic]:
        count = math.prod(self.shape)
        if self.file.path is not None and not self.file.head.startswith(_GZIP):
            return np.memmap(self.file.path, self.dtype, "r", self.offset, (count,))
        needed = self.offset + count * self.dtype.itemsize
        data = bytearray()
        for chunk in _chunks(self.file):
            data += chunk
            if len(data) >= needed:
                break
        return np.frombuffer(data, self.dtype, count, self.offset)

    @property
    def lps_shape(self) -> tuple[int, int, int]:
        """Of `lps`, without decoding."""
        axes = _orientations.io_orientation(self.affine)[:, 0].astype(int)
        shape = [0, 0, 0]
        for axis, size in zip(axes, self.shape, strict=True):
            shape[axis] = size
        return (shape[0], shape[1], shape[2])

    @property
    def lps_affine(self) -> NDArray[np.float64]:
        """From indices of `lps` to mm in LPS."""
        ras = self.affine @ _orientations.inv_ornt_aff(_orientations.io_orientation(self.affine), self.shape)
        x, y, _ = self.lps_shape
        reversed_ = np.array([[-1, 0, 0, x - 1], [0, -1, 0, y - 1], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)
        return np.array(np.diag([-1.0, -1.0, 1.0, 1.0]) @ ras @ reversed_)

    def slice(self, axis: int, index: int) -> NDArray[np.generic]:
        """One slice: rows go down or to the back, columns to the left or to the back."""
        if axis == 2:
            cut = self.lps[:, :, index].T
        elif axis == 1:
            cut = self.lps[:, index, ::-1].T
        else:
            cut = self.lps[::-1][index, :, ::-1].T
        if cut.dtype.names:
            channels: Any = cut
            return np.stack([channels[name] for name in cut.dtype.names[:3]], axis=-1).astype(np.uint8)
        if self.slope == 1 and self.intercept == 0 and cut.dtype.kind != "f":
            return np.ascontiguousarray(cut, cut.dtype.newbyteorder("="))
        scaled = cut.astype(np.float64) * self.slope + self.intercept
        return np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _series(volume: _Volume, header: Any, digest: str, oriented: bool, kind: Kind | None) -> Series:
    affine = volume.lps_affine
    spacing = [float(each) for each in np.linalg.norm(affine[:3, :3], axis=0)]
    axis = _axis(volume.lps_shape, spacing)
    warnings = []
    if kind is None:
        warnings.append(Notice("no-modality", "the file does not say whether it is CT, MR or another; say so"))
    if not oriented:
        warnings.append(Notice("no-orientation", "the file does not say which side is left; slices may be mirrored"))
    steps = [Step("decode", "NIfTI"), Step("reorient", f"to LPS, {_VIEWS[axis].lower()} slices")]
    if (volume.slope, volume.intercept) != (1, 0):
        steps.append(Step("rescale", f"slope {volume.slope:g}, intercept {volume.intercept:g}"))
    frames = []
    for index in range(volume.lps_shape[axis]):
        geometry, rows, columns = _geometry(affine, spacing, volume.lps_shape, axis, index)
        frame = Frame(
            rows=rows,
            columns=columns,
            load=partial(volume.slice, axis, index),
            geometry=geometry if oriented else Geometry(spacing=geometry.spacing, thickness=geometry.thickness),
            windows=_windows(header),
            frame_number=index + 1,
        )
        frames.append(frame)
    colour = volume.dtype.names is not None
    return Series(
        uid=f"sha256:{digest}",
        modality={"ct": "CT", "mr": "MR"}.get(kind or "", ""),
        kind=kind or "other",
        units="display" if colour else "HU" if kind == "ct" else "stored",
        frames=tuple(frames),
        view=_VIEWS[axis] if oriented else "",
        bits=8 if colour else volume.dtype.itemsize * 8,
        colour=colour,
        slice_spacing=round(spacing[axis], 4) if len(frames) > 1 and spacing[axis] > 0 else None,
        steps=tuple(steps),
        warnings=tuple(warnings),
    )


def _axis(shape: Sequence[int], spacing: Sequence[float]) -> int:
    if 1 in shape:
        return list(shape).index(1)
    thickest = max(range(3), key=lambda each: spacing[each])
    return thickest if spacing[thickest] > _THICK * min(spacing) else 2


def _geometry(
    affine: NDArray[np.float64], spacing: Sequence[float], shape: Sequence[int], axis: int, index: int
) -> tuple[Geometry, int, int]:
    # Of the upper left pixel; the axis up is gone down along, and sagittal slices are counted from the left.
    corner = {2: (0, 0, index), 1: (0, index, shape[2] - 1), 0: (shape[0] - 1 - index, 0, shape[2] - 1)}[axis]
    across, down = {2: (0, 1), 1: (0, 2), 0: (1, 2)}[axis]
    sign = 1 if axis == 2 else -1
    place = affine @ np.array([*corner, 1.0])

    def unit(which: int, sign: int) -> tuple[float, float, float] | None:
        if spacing[which] <= 0:
            return None
        x, y, z = (float(each) * sign / spacing[which] for each in affine[:3, which])
        return (x, y, z)

    flat = (spacing[down], spacing[across])
    geometry = Geometry(
        position=(float(place[0]), float(place[1]), float(place[2])),
        row_direction=unit(across, 1),
        column_direction=unit(down, sign),
        spacing=flat if min(flat) > 0 else None,
        thickness=spacing[axis] if spacing[axis] > 0 else None,
    )
    return geometry, shape[down], shape[across]


def _windows(header: Any) -> tuple[Window, ...]:
    low, high = float(header["cal_min"]), float(header["cal_max"])
    if math.isfinite(low) and math.isfinite(high) and high - low >= 1:
        return (Window((low + high) / 2, high - low, "CAL"),)
    return ()
