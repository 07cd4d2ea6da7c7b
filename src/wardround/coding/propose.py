"""From mentions to proposals: each mention's target, narrowed to a code by what the note says around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from wardround.coding.choose import Choice, Chooser
from wardround.coding.confidence import confidence_of
from wardround.coding.context import Context
from wardround.coding.draft import Mention, Proposal
from wardround.coding.seventh import seventh_character
from wardround.icd10 import CodeSet

__all__ = ["Proposer"]


class Proposer:
    """Proposes codes for the mentions of one note."""

    def __init__(self, codes: CodeSet, chooser: Chooser, context: Context) -> None:
        self._codes = codes
        self._chooser = chooser
        self._context = context

    def propose(self, mentions: Iterable[Mention], *, with_context: bool) -> list[Proposal]:
        """One proposal per code, in the order in which the codes are first mentioned.

        Args:
            mentions: in the order of the note.
            with_context: whether detail may come from the text below a problem's heading, and site and side from the
                rest of the note; otherwise only from the mention's own sentence.
        """
        proposals: dict[str, Proposal] = {}
        for mention in mentions:
            for code, route, complete in self._codes_of(mention, with_context):
                confidence = confidence_of(mention, complete, code)
                known = proposals.get(code)
                if known is None:
                    proposals[code] = Proposal(code, [mention], mention.basis, confidence, route)
                else:
                    known.mentions.append(mention)
                    known.confidence = max(known.confidence, confidence)
        return list(proposals.values())

    def _codes_of(self, mention: Mention, with_context: bool) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """``(code, route, complete)`` for each code that a mention leads to."""
        term = mention.found.term
        target, sites = self._context.with_site(mention) if with_context else (term.target, ())
        how = "phrase" if mention.found.phrase else "words nearby"
        found = f"{term.source}: {' '.join(term.words)} ({how})"
        headers = target.split("+")
        if not sites and all(self._codes.billable(header) for header in headers):
            for header in headers:  # nothing to choose, so the context need not be read
                yield header, (f"{found} → {header}",), True
            return
        said, near, sides = self._context.words_around(mention, with_context)
        said |= set(sites)
        for header in headers:
            for choice in self._choose(mention, header, said, near, sides):
                code = seventh_character(self._codes, choice.code, said | near[0])
                if code is None:
                    continue
                route = [f"{found} → {header}"]
                if sites:
                    route.append(f"site from context: {' '.join(sites)}")
                if choice.code != header:
                    used = " ".join(sorted(choice.used - said - set(term.words))) or "no further detail"
                    route.append(f"{header} → {choice.code} ({used})")
                if code != choice.code:
                    route.append(f"7th character → {code}")
                yield code, tuple(route), choice.complete

    def _choose(
        self, mention: Mention, header: str, said: Set[str], near: list[set[str]], sides: Set[str]
    ) -> list[Choice]:
        """Choose below ``header``; a word that the context denies or only fears adds no detail."""
        while True:
            choices = self._chooser.choose(header, said, near, sides)
            used = {word for choice in choices for word in choice.used} - said
            offered = {word for words in near for word in words}
            denied = {word for word in used & offered if self._context.denies(word, mention)}
            if not denied:
                return choices
            near = [words - denied for words in near]
