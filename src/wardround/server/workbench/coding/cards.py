"""Cards: one for each code that a review is about, with all that speaks for and against it and what was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from wardround.coding.result import Evidence
from wardround.server.reviewing.items import SEQUENCE, items, undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wardround.coding.result import CodingResult, Finding, Suggestion
    from wardround.store import Decision, Review

__all__ = ["Card", "State", "cards", "turned_down"]

State = Literal["open", "accepted", "rejected", "changed", "added"]

_STATES: Mapping[str, State] = {"accept": "accepted", "reject": "rejected", "change": "changed", "add": "added"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A code on the page.

    Attributes:
        item: by which decisions name it.
        code, description: as they stand, after a change.
        before: the code that was suggested, where it was changed; else empty.
        status: what the draft held of it; empty for a code that a person added.
        principal: whether it is the first of the codes that stand.
        confidence: of the draft, 0 to 1; None for a code that a person added.
        quotes: the words of the note that it rests on.
        contradicted: what is still wrong with a decision that was made; empty if nothing is.
        decision: the one that holds; None while it is open.
    """

    item: str
    code: str
    description: str
    before: str
    status: str
    state: State
    principal: bool
    confidence: float | None
    quotes: tuple[Evidence, ...]
    route: tuple[str, ...]
    findings: tuple[Finding, ...]
    contradicted: str
    decision: Decision | None

    @property
    def left(self) -> bool:
        """Whether it must still be decided before the review can be signed."""
        return self.state == "open" or bool(self.contradicted)

    @property
    def stands(self) -> bool:
        """Whether the code is to be reported, as far as is decided."""
        return self.state != "rejected"


def cards(result: CodingResult, review: Review | None, title: Callable[[str], str]) -> tuple[Card, ...]:
    """The cards of a result in the sequence that was chosen, those of rejected codes where they were.

    Args:
        result: the draft.
        review: what was decided of it; None while nobody reviews it.
        title: of a code of the result's release.
    """
    content = result.to_json()
    standing = review.standing if review else {}
    why = {item.id: item.why for item in undecided(content, review)} if review else {}
    made = []
    for item in items(content):
        made.append(_suggested(item.id, result.codes[item.number], standing.get(item.id), why.get(item.id, ""), title))
    suggested = {card.item for card in made}
    for id, decision in standing.items():
        if decision.verb == "add" and id not in suggested:
            made.append(_added(id, decision, why.get(id, ""), title))
    return _with_principal(_in_sequence(made, standing.get(SEQUENCE)))


def turned_down(result: CodingResult, review: Review | None) -> tuple[Suggestion, ...]:
    """The suggestions that the draft itself rejected and nobody has added since."""
    standing = review.standing if review else {}
    return tuple(each for each in result.rejected if each.code not in standing or standing[each.code].verb != "add")


def _suggested(id: str, each: Suggestion, decision: Decision | None, why: str, title: Callable[[str], str]) -> Card:
    code, description, quotes = each.code, each.description, each.evidence
    if decision is not None and decision.value:  # changed, or given by a reviewer who had not seen the suggestion
        code = str(decision.value.get("code") or code)
        description = title(code) if code != each.code else description
        quotes = (*_own(decision), *quotes)
    return Card(
        item=id,
        code=code,
        description=description,
        before=each.code if code != each.code else "",
        status=each.status,
        state=_STATES[decision.verb] if decision else "open",
        principal=False,
        confidence=each.confidence,
        quotes=quotes,
        route=each.route,
        findings=each.findings,
        contradicted=why if decision else "",
        decision=decision,
    )


def _added(id: str, decision: Decision, why: str, title: Callable[[str], str]) -> Card:
    code = str((decision.value or {}).get("code", id))
    return Card(
        item=id,
        code=code,
        description=title(code),
        before="",
        status="",
        state="added",
        principal=False,
        confidence=None,
        quotes=tuple(_own(decision)),
        route=(),
        findings=(),
        contradicted=why,
        decision=decision,
    )


def _own(decision: Decision) -> Iterator[Evidence]:
    """The quote that a decision itself brings."""
    own = (decision.value or {}).get("evidence")
    if isinstance(own, dict):
        yield Evidence.model_validate(own)


def _in_sequence(made: Sequence[Card], sequence: Decision | None) -> list[Card]:
    if sequence is None or not sequence.value:
        return list(made)
    chosen = sequence.value["codes"]
    place = {code: number for number, code in enumerate(chosen if isinstance(chosen, list | tuple) else ())}
    return sorted(made, key=lambda card: place.get(card.code, len(place)))  # stable: the others keep their order


def _with_principal(made: list[Card]) -> tuple[Card, ...]:
    first = next((card.item for card in made if card.stands), None)
    return tuple(replace(card, principal=card.item == first) for card in made)
