"""Frames into series: grouped, what is no use left out, sorted along the slice normal (PS3.3 C.7.6.2.1.1).

Nothing here depends on the order in which files were found.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wardround.images.readers.instances import Instance, traits
from wardround.images.readers.values import code, number, text
from wardround.images.study import Notice, Step

__all__ = ["Group", "grouped", "view_of"]

_CROSS_SECTIONAL = ("CT", "MR", "PT")
_LOCALIZERS = {"LOCALIZER", "SCOUT", "TOPOGRAM"}
_PARALLEL = math.cos(math.radians(1.0))  # slices whose normals differ by less belong to one stack
_SAME_PLACE = 2  # decimals of a mm
_TILT = 1.0  # degrees
_LATERAL = {"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Frames of one series, sorted.

    Attributes:
        frames: in order.
        slice_spacing: mm along the normal; None if unknown or uneven.
        steps: what was done.
        notices: what to know.
    """

    frames: tuple[Instance, ...]
    slice_spacing: float | None
    steps: tuple[Step, ...]
    notices: tuple[Notice, ...]


def grouped(frames: Iterable[Instance]) -> tuple[list[Group], list[str]]:
    """The series that the frames of one study make, the one to look at first; and what was left out."""
    known = sorted(frames, key=_identity)
    left_out: Counter[str] = Counter()
    stacks: list[list[Instance]] = []
    for alike in _alike(known):
        for stack in _by_direction(alike):
            for part in _by_place(stack):
                kept = _without_repeats(part)
                left_out["duplicate"] += len(part) - len(kept)
                stacks.append(kept)
    for name, chosen in (("localizer", _is_localizer), ("derived image", _is_derived)):
        unwanted = [stack for stack in stacks if chosen(stack[0]) and _better(stacks, stack, chosen)]
        left_out[name] += sum(map(len, unwanted))
        stacks = [stack for stack in stacks if stack not in unwanted]
    groups = [_sorted(stack) for stack in stacks]
    groups.sort(key=_importance)
    return groups, [f"{count} {name}{'s' * (count > 1)}" for name, count in left_out.items() if count]


def _identity(frame: Instance) -> tuple[str, str, int]:
    header = frame.header
    return (text(header.dataset, "SOPInstanceUID"), header.digest, frame.index)


# grouping


def _alike(frames: Sequence[Instance]) -> list[list[Instance]]:
    """Frames of one series and one form: size, view, colour."""
    groups: dict[tuple[object, ...], list[Instance]] = defaultdict(list)
    for frame in frames:
        dataset = frame.header.dataset
        key = (
            text(dataset, "SeriesInstanceUID"),
            frame.modality,
            (frame.pixels.rows, frame.pixels.columns, frame.grey is None),
            (text(dataset, "ViewPosition"), text(dataset, "ImageLaterality") or text(dataset, "Laterality")),
            frame.geometry.position is None,
            (_is_localizer(frame), _is_derived(frame)),
            "" if frame.together else frame.header.digest,
        )
        groups[key].append(frame)
    return list(groups.values())


def _by_direction(frames: Sequence[Instance]) -> list[list[Instance]]:
    groups: list[list[Instance]] = []
    for frame in frames:
        for group in groups:
            if _same_direction(group[0], frame):
                group.append(frame)
                break
        else:
            groups.append([frame])
    return groups


def _same_direction(one: Instance, other: Instance) -> bool:
    pairs = [
        (one.geometry.row_direction, other.geometry.row_direction),
        (one.geometry.column_direction, other.geometry.column_direction),
    ]
    return all(a is b or (a and b and _dot(a, b) > _PARALLEL) for a, b in pairs)


def _by_place(frames: list[Instance]) -> list[list[Instance]]:
    """Frames at different places: several at one are told apart by the first trait that helps, echo before time."""
    clashes = _clashes(frames)
    if not clashes:
        return [frames]
    told = [traits(frame) for frame in frames]
    for index in range(len(told[0])):
        parts: dict[float | str, list[Instance]] = defaultdict(list)
        for frame, each in zip(frames, told, strict=True):
            parts[each[index]].append(frame)
        if len(parts) > 1 and sum(map(_clashes, parts.values())) < clashes:
            return [group for part in parts.values() for group in _by_place(part)]
    return [frames]


def _clashes(frames: Sequence[Instance]) -> int:
    return len(frames) - len({_place(frame) for frame in frames})


def _place(frame: Instance) -> object:
    position = frame.geometry.position
    # Without a place every frame is one of its own.
    return tuple(round(each, _SAME_PLACE) for each in position) if position else _identity(frame)


def _without_repeats(frames: Sequence[Instance]) -> list[Instance]:
    """One frame for each place, the earliest."""
    kept: dict[object, Instance] = {}
    for frame in sorted(frames, key=lambda each: (each.order, _identity(each))):
        kept.setdefault(_place(frame), frame)
    return list(kept.values())


# filtering


def _is_localizer(frame: Instance) -> bool:
    return bool(_LOCALIZERS & set(frame.image_type))


def _is_derived(frame: Instance) -> bool:
    """Of slices only: what is presented of a radiograph is DERIVED from the detector's values, and is the image."""
    return frame.modality in _CROSS_SECTIONAL and frame.image_type[:1] == ("DERIVED",)


def _better(stacks: Sequence[list[Instance]], stack: Sequence[Instance], unwanted: object) -> bool:
    """Whether the study has another of the modality that is wanted."""
    assert callable(unwanted)
    return any(not unwanted(other[0]) and other[0].modality == stack[0].modality for other in stacks)


# sorting


def _sorted(frames: list[Instance]) -> Group:
    normal = _mean_normal(frames)
    many = len(frames) > 1
    notices: list[Notice] = []
    if normal is None:
        frames = sorted(frames, key=lambda each: (each.order, _identity(each)))
        if many and frames[0].modality in _CROSS_SECTIONAL:
            notices.append(
                Notice("no-geometry", "slices do not say where they lie; they are in the order of their numbers")
            )
        steps = (Step("sort", "by instance and frame number"),) if many else ()
        return Group(frames=tuple(frames), slice_spacing=None, steps=steps, notices=tuple(notices))
    heights = {id(each): round(_dot(each.geometry.position or (0, 0, 0), normal), 4) for each in frames}
    frames = sorted(frames, key=lambda each: (heights[id(each)], each.order, _identity(each)))
    gaps = [heights[id(b)] - heights[id(a)] for a, b in pairwise(frames)]
    spacing = None
    if gaps:
        middle = statistics.median(gaps)
        if max(gaps) - min(gaps) > max(0.02 * middle, 0.05):
            message = f"slices are {min(gaps):.2f} to {max(gaps):.2f} mm apart"
            if min(gaps) > 0.9 * middle:
                message += "; some seem to be missing"
            notices.append(Notice("uneven-spacing", message))
        else:
            spacing = round((heights[id(frames[-1])] - heights[id(frames[0])]) / len(gaps), 4)
    if (tilt := _tilt(frames, normal)) is not None:
        notices.append(Notice("tilted", f"slices are tilted by {tilt:.1f} degrees against the direction they follow"))
    steps = (Step("sort", "along the slice normal"),) if many else ()
    return Group(frames=tuple(frames), slice_spacing=spacing or None, steps=steps, notices=tuple(notices))


def _mean_normal(frames: Sequence[Instance]) -> tuple[float, float, float] | None:
    normals = [each.normal for each in frames if each.normal and each.geometry.position]
    if len(normals) < len(frames):
        return None
    total = [math.fsum(each[axis] for each in normals) for axis in range(3)]
    length = math.hypot(*total)
    return (total[0] / length, total[1] / length, total[2] / length)


def _tilt(frames: Sequence[Instance], normal: tuple[float, float, float]) -> float | None:
    """Degrees between the normal and the way from the first slice to the last; else what the gantry says."""
    first, last = frames[0].geometry.position, frames[-1].geometry.position
    if first and last and (length := math.dist(first, last)) > 1:
        along = _dot([b - a for a, b in zip(first, last, strict=True)], normal) / length
        angle = math.degrees(math.acos(min(1.0, abs(along))))
    else:
        angle = abs(number(frames[0].header.dataset, "GantryDetectorTilt") or 0.0)
    return angle if angle > _TILT else None


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _importance(group: Group) -> tuple[object, ...]:
    first = group.frames[0]
    dataset = first.header.dataset
    frontal = view_of(first) in ("PA", "AP")
    slices = len(group.frames) if first.modality in _CROSS_SECTIONAL else 1
    series = number(dataset, "SeriesNumber")
    return (
        first.modality in ("", "OT", "SC"),
        -slices,
        not frontal,
        math.inf if series is None else series,
        first.order,
        _identity(first),
    )


def view_of(frame: Instance) -> str:
    """``"PA"``, ``"AP"``, ``"LATERAL"`` … of a projection, ``"AXIAL"``, ``"CORONAL"`` or ``"SAGITTAL"`` of a slice."""
    view = code(frame.header.dataset, "ViewPosition")
    if view:
        return "LATERAL" if view in _LATERAL else view
    if frame.normal is None or frame.modality not in _CROSS_SECTIONAL:
        return ""
    along = [abs(each) for each in frame.normal]
    return ("SAGITTAL", "CORONAL", "AXIAL")[along.index(max(along))]
