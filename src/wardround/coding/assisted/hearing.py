"""Hears a model about a note: what the note names, and which titles mean it. It is believed in nothing by itself.

A quote stands in the note letter by letter or is not used. What the embedded coder has found there is not asked about
again; for the rest the model chooses among titles. A mention that it leads to is *borne out* where the model is sure
and the words of the quote are those of the title or of its path in the Index: then our own reading says the same. All
other mentions are *claims*, which a person decides on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from wardround.coding.assisted.candidates import Candidate, candidates
from wardround.coding.assisted.examples import Example, Examples
from wardround.coding.assisted.prompts import NONE, Prompts
from wardround.coding.assisted.quotes import listed, places
from wardround.coding.assisted.spending import Spending
from wardround.coding.assisted.windows import Window, windows
from wardround.coding.draft import Draft, Mention
from wardround.coding.find import Found
from wardround.coding.mentions import mentions_of
from wardround.coding.terms import Term
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import AssertionStatus
from wardround.engines import Reply
from wardround.spans import Span

__all__ = ["SOURCE", "Heard", "hear"]

SOURCE = "model"
"""Source of the terms of a model's mentions."""

_CHOSEN_FROM = 0.4  # probability of a choice; below it nothing is proposed
_SURE = 0.9
_FINDING = 0.6  # of the time that is left; the rest is for choosing, without which nothing is found
_CLAIMED = 0.5  # of the confidence in what is borne out
_UNKNOWN = 0.5  # where the engine does not tell the probability
_NOT_THE_PATIENTS = frozenset({"negated", "family"})
_DOUBTING = _NOT_THE_PATIENTS | {"uncertain"}


class _Quote(NamedTuple):
    """Words of the note that the model names, with what it says of them."""

    span: Span
    about: str


@dataclass(slots=True)
class Heard:
    """What a model said of a note.

    Attributes:
        borne_out: mentions that our own words bear out.
        claims: those that only the model has found.
        turned_away: what it named without choosing a title, or without being sure of one.
        agreed: places where it names what the embedded coder has found.
        doubted: those of them of which it says that the patient does not have it; place → how.
        quotes: how many quotes it gave.
        invented: those of them that the note does not have.
        unknown: those that lead to no code at all.
    """

    borne_out: list[Mention] = field(default_factory=list)
    claims: list[Mention] = field(default_factory=list)
    turned_away: list[Mention] = field(default_factory=list)
    agreed: list[Span] = field(default_factory=list)
    doubted: dict[Span, str] = field(default_factory=dict)
    quotes: int = 0
    invented: int = 0
    unknown: int = 0


def hear(
    draft: Draft,
    vocabulary: Vocabulary,
    spending: Spending,
    is_worth: Callable[[Window, Sequence[Mention]], bool],
    *,
    all_mentions: bool,
    examples: Examples | None = None,
) -> Heard:
    """Ask about the windows of a note, those worth most first, until all are heard or the time is out.

    Args:
        draft: of the embedded coder.
        vocabulary: of the release.
        spending: asks the engine.
        is_worth: whether a mention in a window could still be coded, given those there are.
        all_mentions: also ask what to call that which the model says is not the patient's.
        examples: of the site, shown with the questions.

    Raises:
        EngineError: the engine broke down.
    """
    hearing = _Hearing(draft, vocabulary, spending, all_mentions, examples)
    heard = hearing.heard
    for window in windows(draft.stream.note):
        if is_worth(window, [*draft.mentions, *heard.borne_out]):
            hearing.hear(window)
    return heard


class _Hearing:
    def __init__(
        self,
        draft: Draft,
        vocabulary: Vocabulary,
        spending: Spending,
        all_mentions: bool,
        examples: Examples | None,
    ) -> None:
        self._draft = draft
        self._vocabulary = vocabulary
        self._spending = spending
        self._all_mentions = all_mentions
        self._examples = examples
        self._prompts = Prompts(draft.stream.note)
        self._known = {place for mention in draft.mentions for place in mention.found.positions}
        self._taken: set[Span] = set()
        self.heard = Heard()

    def hear(self, window: Window) -> None:
        """Ask what a window names, and of what is new in it which title means it."""
        (reply,) = self._spending.ask([self._prompts.find(window.span)], share=_FINDING)
        if reply is None:
            return
        offered: list[tuple[_Quote, list[Candidate]]] = []
        requests = []
        for quote in self._new(reply, window.span):
            examples = self._like(quote)
            if own := self._candidates(quote, examples):
                offered.append((quote, own))
                titles = [candidate.title for candidate in own]
                shown = [(" ".join(each.words), self._draft.codes.title(each.code)) for each in examples]
                requests.append(self._prompts.choose(window.span, quote.span, titles, shown))
        if requests:
            for (quote, own), choice in zip(offered, self._spending.ask(requests), strict=True):
                if choice is not None and choice.value is not None:
                    self._take(quote, own, choice)

    def _new(self, reply: Reply, window: Span) -> list[_Quote]:
        """The quotes of a reply that the embedded coder does not know, each at its place."""
        new = []
        for item in listed(reply):
            self.heard.quotes += 1
            found = places(item["quote"], self._prompts.text, window)
            if not found:
                self.heard.invented += 1
                continue
            span = next((place for place in found if place not in self._taken and not self._is_known(place)), found[0])
            quote = _Quote(span, item["about"])
            if self._is_known(span):
                self.heard.agreed.append(span)
                if quote.about in _DOUBTING:
                    self.heard.doubted[span] = quote.about
            elif span not in self._taken and (self._all_mentions or quote.about not in _NOT_THE_PATIENTS):
                self._taken.add(span)
                new.append(quote)
        return new

    def _is_known(self, span: Span) -> bool:
        """Whether at least half of the words have been found already; true of words that say nothing."""
        words = self._draft.stream.within(span)
        return 2 * sum(place in self._known for place in words) >= len(words)

    def _like(self, quote: _Quote) -> list[Example]:
        """The site's examples that are like a quote, of codes that the release has."""
        if self._examples is None:
            return []
        words = quote.span.quote(self._draft.stream.note.text)
        return [each for each in self._examples.like(words, self._vocabulary) if self._draft.codes.get(each.code)]

    def _candidates(self, quote: _Quote, examples: Sequence[Example]) -> list[Candidate]:
        words = quote.span.quote(self._draft.stream.note.text)
        own = candidates(self._draft.codes, self._vocabulary, words, [each.code for each in examples])
        self.heard.unknown += not own
        return own

    def _take(self, quote: _Quote, own: Sequence[Candidate], choice: Reply) -> None:
        """Sort what was chosen by how far it can be believed."""
        told = choice.probabilities
        sure = _UNKNOWN if told is None else told.get(choice.value, 0.0)
        if choice.value == NONE or sure < _CHOSEN_FROM:
            numbers = range(len(own))
            likeliest = max(numbers, key=lambda n: told.get(str(n + 1), 0.0)) if told is not None else 0
            self.heard.turned_away.append(self._mention(quote, own[likeliest], min(sure, _UNKNOWN)))
            return
        chosen = own[int(choice.value) - 1]
        mention = self._mention(quote, chosen, min(sure, 1.0))
        said = {self._draft.stream.words[place] for place in mention.found.positions}
        stated = quote.about == "present" and mention.status is AssertionStatus.PRESENT
        if told is not None and sure >= _SURE and stated and chosen.says(said):
            self.heard.borne_out.append(mention)
        else:
            self.heard.claims.append(replace(mention, found=replace(mention.found, sure=sure * _CLAIMED)))

    def _mention(self, quote: _Quote, chosen: Candidate, sure: float) -> Mention:
        stream = self._draft.stream
        positions = tuple(stream.within(quote.span))
        term = Term(tuple(stream.words[place] for place in positions), chosen.code, "", SOURCE)
        found = Found(term, positions, quote.span, stream.sentence_at(quote.span.start), True, sure)
        (mention,) = mentions_of(stream, self._draft.assertions, [found])
        return mention
