"""A complication of care needs a documented cause and effect (Guidelines I.B.16 and I.C.19.g)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.spans import Span

__all__ = ["ComplicationOfCare"]

_AFTER_SURGERY = (
    "postoperative",
    "post operative",
    "postop",
    "post op",
    "postsurgical",
    "post surgical",
    "postprocedural",
    "post procedural",
)
_CAUSE = ("due to", "secondary to", "complication", "complicated by", "complicating", "caused by", "result of", "from")
# Complications as codes that a mere "postoperative" leads to. What cannot be but a consequence of the procedure, such
# as a dehiscence, an infected wound or hypothyroidism after thyroidectomy, is not among them.
_COMPLICATIONS = tuple(
    "D78.2 D78.3 D78.8 G97.5 G97.6 G97.82 H59.3 H59.8 H95.4 H95.5 H95.8 I97.1 I97.3 I97.6 I97.82 I97.89 J95.1 J95.2 "
    "J95.81 J95.82 J95.83 J95.86 J95.89 K91.3 K91.82 K91.83 K91.84 K91.87 K91.89 L76.2 L76.3 L76.8 M96.8 N99.0 N99.82 "
    "N99.84 N99.89 T81.1 T81.7 T81.8 T81.9".split()
)
_EXPECTED = (
    "D62",
    "D64.9",
    "E89",
    "F",
    "G89",
    "I10",
    "K91.1",
    "K91.2",
    "K91.5",
    "O",
    "R",
    "S",
    "T",
    "V",
    "W",
    "X",
    "Y",
    "Z",
)
# A complication of a body system, and the codes that say which it is.
_SPECIFIED_BY = {
    "I97.13": ("I50",),
    "I97.12": ("I46",),
    "I97.81": ("I63",),
    "I97.82": ("I63",),
    "I97.89": ("I48", "I26", "I82"),
    "J95.89": ("J18", "J69", "J98.1"),
    "K91.89": ("K56.0", "K56.7", "K63.1", "K65", "K85"),
    "N99.0": ("N17",),
    "N99.89": ("N39.0", "R33"),
}
_PUNCTURES = ("D78.1", "E36.1", "G97.4", "H59.2", "H95.3", "I97.5", "J95.7", "K91.7", "L76.1", "M96.82", "N99.7")
_ORGANS = ("S06", "S14", "S15", "S24", "S25", "S26", "S27", "S34", "S35", "S36", "S37")


class ComplicationOfCare(Rule):
    """Not everything that happens after a procedure is a complication of it. A code for one (T80–T88, and those within
    the chapters) needs documentation that the care has caused the condition and that it matters clinically; the word
    "complication" is not required. The complication's code comes first, then what it is.

    In a note a condition that is only called postoperative is not enough: wardround asks for review of a complication
    that rests on that word alone, drafts a question to the provider on how the condition and the procedure are
    related, and puts a complication before the code that specifies it. What cannot but be a consequence, such as a
    dehiscence, is left alone. In a list it asks for review of a complication that stands behind what specifies it, and
    of an organ injury beside an accidental puncture during a procedure, which is coded as the complication only
    (I.C.19.b.3).
    """

    name = "complication-of-care"
    section = "I.B.16"
    title = "a complication of care needs a documented cause and effect"
    severity = "review"
    prefixes = (*_SPECIFIED_BY, *_PUNCTURES)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for word in draft.each_said(*_AFTER_SURGERY):
            if draft.said(*_CAUSE, within=[draft.stream.note.sentence_of(word.start)]):
                continue
            called = [proposal for proposal in draft.alive() if _is_called(draft, proposal, word)]
            named = [proposal for proposal in called if not proposal.code.startswith((*_EXPECTED, *_COMPLICATIONS))]
            doubtful = [proposal for proposal in called if proposal.code.startswith(_COMPLICATIONS)]
            for proposal in doubtful:
                message = "postoperative says when, not why: was it caused by the procedure?"
                proposal.doubt(self.name, self.section, message)
            if named or doubtful:
                self._ask(draft, [*named, *doubtful])
        for complication in list(draft.alive(*_SPECIFIED_BY)):
            specified = list(draft.alive(*_specifying(complication.code)))
            if specified:
                draft.move_before(complication, *specified)

    def _ask(self, draft: Draft, called: list[Proposal]) -> None:
        condition = draft.codes.title(called[0].code).split(",")[0].lower().removeprefix("unspecified ")
        draft.ask(
            f"{condition}: relation to the procedure",
            "Please clarify how the condition and the procedure are related.",
            (
                "A complication of the procedure",
                "Expected after the procedure, and no complication",
                "Due to another cause (please specify)",
            ),
            [mention.span for mention in called[0].mentions],
            rule=self.name,
            section=self.section,
            codes=[proposal.code for proposal in called],
        )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for complication in listed.starting(*_SPECIFIED_BY):
            place = listed.valid.index(complication)
            for code in listed.starting(*_specifying(complication)):
                if listed.valid.index(code) < place:
                    message = f"{complication} comes before {code}, which says what the complication is"
                    yield self.finding("review", [code, complication], message, section="I.C.19.g.5")
        for puncture in listed.starting(*_PUNCTURES):
            for injury in listed.starting(*_ORGANS):
                message = f"{puncture}: an injury by the procedure is not coded as an injury too ({injury})"
                codes = sorted((puncture, injury), key=listed.valid.index)
                yield self.finding("review", codes, message, section="I.C.19.b.3")


def _specifying(complication: str) -> tuple[str, ...]:
    return next(codes for start, codes in _SPECIFIED_BY.items() if complication.startswith(start))


def _is_called(draft: Draft, proposal: Proposal, word: Span) -> bool:
    """Whether ``word`` is part of the condition's name, or stands right beside it."""
    return any(
        mention.span.covers(word) or not draft.words_in(_between(mention.span, word)) for mention in proposal.mentions
    )


def _between(one: Span, other: Span) -> Span:
    first, second = sorted((one, other))
    return Span(first.end, max(first.end, second.start))
