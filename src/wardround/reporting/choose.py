"""Which protocol a study is read by: the one the user names, or that of its kind, part of the body and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wardround.documents import AssertionStatus, Note, assertions
from wardround.images.study import Study
from wardround.reporting.protocol import Protocol, load, names
from wardround.spans import Span
from wardround.words import Phrases

__all__ = ["Choice", "choose", "denied", "spoken", "stated"]

_FACTS = (AssertionStatus.PRESENT, AssertionStatus.HISTORICAL)
_SUSPECTED = (*_FACTS, AssertionStatus.POSSIBLE, AssertionStatus.HYPOTHETICAL)
_CLOSE = 40  # characters between a denial and what it denies, to be quoted together
_NAMED = 3  # what a phrase counts that names the question itself
_NAME = 16  # characters of a code string (DICOM PS3.5 6.2)
_ENOUGH = 2  # below it, the history decides nothing
_TOLD = 4  # phrases that are named as the reason
_OF_ONE_PART = ("fundus", "skin")  # kinds that say which part of the body it is
_FALLBACK = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A protocol, and why it is this one.

    Attributes:
        protocol: the one.
        reason: in a few words.
        warnings: where it may not fit.
    """

    protocol: Protocol
    reason: str
    warnings: tuple[str, ...] = ()


def choose(study: Study, history: Note | None, wanted: Protocol | str | Path | None = None) -> Choice:
    """The protocol to read ``study`` by.

    Args:
        study: decides by kind, modality and part of the body of its first series.
        history: decides between protocols of the same examination, and where the part of the body is not known;
            phrases that it denies do not count.
        wanted: the user's choice; a name, a file or a protocol.

    Raises:
        InputError: there is no such protocol, or it is not valid.
    """
    if wanted is not None:
        protocol = wanted if isinstance(wanted, Protocol) else load(wanted)
        why = _misfit(protocol, study)
        warned = (f"the protocol {protocol.name} may not fit: {why}",) if why else ()
        return Choice(protocol=protocol, reason="named by the user", warnings=warned)
    others = [load(name) for name in names() if name != _FALLBACK]
    fitting = [protocol for protocol in others if not _misfit(protocol, study, strict=True)]
    if fitting:
        best, phrases = _asked_for([protocol for protocol in fitting if protocol.extends], history)
        base = next(protocol for protocol in fitting if not protocol.extends)
        if best is None:
            return Choice(protocol=base, reason=f"for {base.exam}")
        return Choice(protocol=best, reason=f"for {best.exam}; the history says {phrases}")
    first = study.series[0]
    if not first.body_part and first.kind != "other":
        best, phrases = _asked_for([protocol for protocol in others if not _misfit(protocol, study)], history)
        if best is not None:
            what = f"the image does not say what part of the body it shows; it is taken for {best.exam}"
            return Choice(protocol=best, reason=f"the history says {phrases}", warnings=(what,))
    part = f" of {_told(first.body_part)}" if first.body_part else " of an unknown part of the body"
    what = f"no protocol is made for this image ({first.kind}{part}); --protocol NAME names one"
    return Choice(protocol=load(_FALLBACK), reason="no other protocol fits the image", warnings=(what,))


def spoken(history: Note | None, phrases: tuple[str, ...]) -> list[tuple[str, Span]]:
    """Each of ``phrases`` that the history says of the patient, be it as a suspicion, with its first place there."""
    return _said(history, phrases, _SUSPECTED)


def stated(history: Note | None, phrases: tuple[str, ...]) -> list[tuple[str, Span]]:
    """Each of ``phrases`` that the history states as a fact about the patient."""
    return _said(history, phrases, _FACTS)


def denied(history: Note | None, phrases: tuple[str, ...]) -> list[tuple[str, Span]]:
    """Each of ``phrases`` that the history denies, with the words that deny it where they stand close before."""
    found = []
    for phrase, span in _said(history, phrases, (AssertionStatus.NEGATED,)):
        assert history is not None
        cue = assertions(history).at(span).cue
        near = cue is not None and cue.end <= span.start <= cue.end + _CLOSE
        found.append((phrase, Span(cue.start, span.end) if near and cue is not None else span))
    return found


def _said(
    history: Note | None, phrases: tuple[str, ...], statuses: Sequence[AssertionStatus]
) -> list[tuple[str, Span]]:
    if history is None or not phrases:
        return []
    said = assertions(history)
    words = history.words
    found: dict[int, Span] = {}
    for first, past, number in Phrases({phrase: number for number, phrase in enumerate(phrases)}).find(words.folded):
        span = Span(words.starts[first], words.ends[past - 1])
        if number not in found and said.at(span).status in statuses:
            found[number] = span
    return [(phrases[number], found[number]) for number in sorted(found)]


def _asked_for(protocols: Sequence[Protocol], history: Note | None) -> tuple[Protocol | None, str]:
    """The protocol that the history asks for most, and by which words; None if it asks for none."""
    best: Protocol | None = None
    most, told = _ENOUGH - 1, ""
    for protocol in protocols:
        score, phrases = _score(protocol, history)
        if score > most:
            best, most, told = protocol, score, ", ".join(f'"{phrase}"' for phrase in phrases[:_TOLD])
    return best, told


def _score(protocol: Protocol, history: Note | None) -> tuple[int, list[str]]:
    """How far the history asks for a protocol, and by which phrases; one inside another one counts once."""
    named = spoken(history, protocol.selects.named)
    usual = spoken(history, protocol.selects.history)
    score = 0
    taken: list[Span] = []
    kept = []
    for weight, pairs in ((_NAMED, named), (1, usual)):
        for phrase, span in sorted(pairs, key=lambda pair: pair[1].start - pair[1].end):
            if not any(span.overlaps(other) for other in taken):
                taken.append(span)
                kept.append(phrase)
                score += weight
    return score, kept


def _misfit(protocol: Protocol, study: Study, *, strict: bool = False) -> str:
    """Why a protocol is not for a study; empty if it may be.

    Args:
        strict: whether what is not known of the study is a reason too.
    """
    first, selects = study.series[0], protocol.selects
    if selects.kinds and first.kind not in selects.kinds and (strict or first.kind != "other"):
        return f"the image is of kind {first.kind}"
    if selects.modalities and first.modality and first.modality not in selects.modalities:
        return f"the modality is {first.modality}"
    if selects.body_parts and (first.body_part or (strict and first.kind not in _OF_ONE_PART)):
        part = first.body_part.upper()
        if not any(word in part for word in selects.body_parts):
            return f"the part of the body is {_told(part)}"
    return ""


def _told(part: str) -> str:
    """A part of the body as a header names it; anything longer than such a name is not repeated."""
    return part.lower() if len(part) <= _NAME and part.isascii() and part.isalpha() else "another name"
