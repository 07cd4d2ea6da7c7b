"""Words that people of a site gave a code to, shown to a model beside a question: no text of a note, only bare words.

A file of them is lines of JSON: first ``{"schema": "wardround.examples/1", …}``, then one example a line. It is made by
`wardround.learning.examples`. What is like a quote is found by the words they share, the rare ones weighing most.

Source: Robertson and Zaragoza 2009 (inverse document frequency); Liu et al. 2022 (examples near the question).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wardround.coding.vocabulary import Vocabulary
from wardround.errors import InputError

__all__ = ["Example", "Examples", "Header"]

_MOST = 3  # that are shown with a question
_LIKE = 0.5  # of what an example's words weigh
_LONGEST = 12  # words


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Model):
    """The first line of a file of examples.

    Attributes:
        release: whose codes they are.
        charts: number of charts that they were taken from.
    """

    schema_: Literal["wardround.examples/1"] = Field(default="wardround.examples/1", alias="schema")
    release: str
    charts: int = Field(ge=0)


class Example(_Model):
    """Words of a problem's name, in small letters, and the code that people gave it.

    Attributes:
        words: 1 to 12 of them.
        code: as printed.
        charts: in how many it was so.
    """

    words: tuple[str, ...] = Field(min_length=1, max_length=_LONGEST)
    code: str
    charts: int = Field(ge=1)


class Examples:
    """The examples of a site. Immutable; safe to share between threads.

    Args:
        header: of the file.
        examples: in its order.
    """

    def __init__(self, header: Header, examples: Sequence[Example]) -> None:
        self.header = header
        self._examples = tuple(examples)
        self._of: dict[Vocabulary, _Found] = {}

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The file."""
        lines = (self.header.model_dump(by_alias=True), *(each.model_dump() for each in self._examples))
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    @staticmethod
    def load(path: Path) -> Examples:
        """The examples of a file.

        Raises:
            InputError: it cannot be read, or is no file of examples.
        """
        try:
            header, *lines = path.read_text(encoding="utf-8").splitlines()
            return Examples(Header.model_validate_json(header), [Example.model_validate_json(line) for line in lines])
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or 'unknown reason'}", where=str(path)) from None
        except (ValueError, ValidationError):
            hint = "make one with wardround learn --examples"
            raise InputError("this is no file of examples", where=str(path), hint=hint) from None

    def like(self, quote: str, vocabulary: Vocabulary) -> list[Example]:
        """Up to three that are like ``quote``, the likest first."""
        found = self._of.get(vocabulary)
        if found is None:
            found = self._of.setdefault(vocabulary, _Found(self._examples, vocabulary))
        return [self._examples[number] for number in found.like(frozenset(vocabulary.canonical_words(quote)))]


class _Found:
    """The examples by their canonical words."""

    def __init__(self, examples: Sequence[Example], vocabulary: Vocabulary) -> None:
        own = [frozenset(vocabulary.canonical_words(" ".join(each.words))) for each in examples]
        having = Counter(word for words in own for word in words)
        self._weight = {word: math.log(1 + len(own) / count) for word, count in having.items()}
        self._whole = [sum(self._weight[word] for word in words) for words in own]
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        for number, words in enumerate(own):
            for word in words:
                self._by_word[word].append(number)

    def like(self, words: Set[str]) -> list[int]:
        shared: defaultdict[int, float] = defaultdict(float)
        for word in sorted(words):
            for number in self._by_word.get(word, ()):
                shared[number] += self._weight[word]
        enough = [number for number, weight in shared.items() if weight >= _LIKE * self._whole[number]]
        return sorted(enough, key=lambda number: (-shared[number], self._whole[number], number))[:_MOST]
