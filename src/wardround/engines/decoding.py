"""Writes many answers at once with a Gemma 3 of transformers, and reads what the prompts have in common only once.

- Rows stand flush right: row ``i`` begins after ``pads[i]`` empty columns, so all of them end in the same column, and
  the distance of two columns is the distance of two tokens, which is what a sliding window is about.
- The keys and values of the common prefix are computed once and laid into every row, moved right by its padding. A row
  shorter than the longest has columns to spare in what is read next; there the end of its prefix is read once more.
- The masks are made here, since those of transformers cannot express a prefix that some rows share: causal, within the
  window on local layers, and both ways inside an image (Source: Gemma 3 technical report, section 2).
- A row that is finished leaves the batch at once.

Only a loaded engine imports this module: it imports torch.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from wardround.engines.constrained import Constraint, Grammar
from wardround.engines.loops import loop_at_end
from wardround.engines.reply import Finish

__all__ = ["Decoder", "Prompt", "Row", "Symbol"]

Symbol = int | tuple[str, int]
"""One place of a prompt: a token, or the digest of an image and which of its soft tokens stands here."""

_TEMPERATURE = 0.3  # of answers that are drawn
_LEAST = 32  # tokens that are worth keeping as a prefix
_CHECK = 16  # tokens between two looks for a loop


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the model sees it, and the pixels of its images by their digests, each (3, side, side)."""

    symbols: tuple[Symbol, ...]
    pixels: Mapping[str, torch.Tensor] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.symbols)


@dataclass(slots=True, kw_only=True)
class Row:
    """An answer that is being written.

    Attributes:
        prompt: what it answers.
        most: tokens it may have.
        stops: tokens that end it, not part of it.
        constraint: what it must obey; None if it is free.
        markers: the tokens that begin and end thinking, if the answer may begin with some; a thought is free.
        draw: where its random numbers come from; None to take the likeliest token each time.
        deadline: the moment, on the clock of ``time.monotonic``, at which it ends wherever it is; None for no limit.
        written: its tokens.
        finish: how it ended; None while it is being written.
        cached: tokens of the prompt that were not read again.
    """

    prompt: Prompt
    most: int
    stops: Collection[int]
    constraint: Constraint | None = None
    markers: tuple[int, int] | None = None
    draw: torch.Generator | None = None
    deadline: float | None = None
    written: list[int] = field(default_factory=list)
    finish: Finish | None = None
    cached: int = 0
    thinking: bool = False

    def take(self, token: int) -> None:
        """Write ``token``, and see whether the answer ends."""
        if token in self.stops:
            self.finish = "stop"
            return
        self.written.append(token)
        if self.markers is not None and (self.thinking or len(self.written) == 1) and token in self.markers:
            self.thinking = token == self.markers[0]
        elif self.constraint is not None and not self.thinking:
            self.constraint.accept(token)
            if self.constraint.complete:
                self.finish = "stop"
        elif len(self.written) % _CHECK == 0 and loop_at_end(self.written):  # a schema bounds them; cut, it is no JSON
            self.finish = "loop"
        if self.finish is None and len(self.written) >= self.most:
            self.finish = "length"
        if self.finish is None and self.deadline is not None and time.monotonic() >= self.deadline:
            self.finish = "time"

    def restart(self) -> None:
        """Forget what was written."""
        self.written, self.finish, self.cached, self.thinking = [], None, 0, False
        if self.constraint is not None:
            self.constraint.restart()
        if self.draw is not None:
            self.draw.manual_seed(self.draw.initial_seed())

    def rule(self) -> tuple[Constraint | None, Collection[int]]:
        """What the next token must obey, and which token is allowed besides."""
        may_begin = self.markers is not None and not self.written
        return None if self.thinking else self.constraint, self.markers[:1] if may_begin and self.markers else ()


@dataclass(slots=True)
class _Batch:
    """What was read so far: per layer keys and values (rows, heads, columns, size), and each row's padding."""

    cache: Any
    pads: torch.Tensor  # (rows,)
    columns: int
    shared: int  # of the columns, those that came from the prefix

    def cached(self, prompt: Prompt) -> int:
        """How many tokens of a prompt of this batch were not read again. Call it before anything is written."""
        return max(self.shared - (self.columns - len(prompt)), 0)

    @torch.inference_mode()
    def only(self, rows: Sequence[int]) -> _Batch:
        """A batch of these rows, in this order, one of them perhaps several times."""
        chosen = torch.tensor(rows, device=self.pads.device)
        layers = [
            (keys[chosen.to(keys.device)], values[chosen.to(values.device)]) for keys, values in _layers(self.cache)
        ]
        return _Batch(_cache(layers), self.pads[chosen], self.columns, self.shared)


@dataclass(slots=True)
class _Prefix:
    symbols: tuple[Symbol, ...]
    layers: list[tuple[torch.Tensor, torch.Tensor]]  # (1, heads, columns, size)

    def fits(self, prompt: Prompt) -> bool:
        """Whether ``prompt`` begins with it and goes on."""
        return len(prompt) > len(self.symbols) and prompt.symbols[: len(self.symbols)] == self.symbols


class Decoder:
    """A loaded model, and the prefix it has read last."""

    def __init__(self, model: Any, *, pad: int, grammar: Grammar | None = None) -> None:
        self._model = model
        self._text = model.config.get_text_config()
        self._device = model.get_input_embeddings().weight.device
        self._pad = pad
        self._prefix: _Prefix | None = None
        self._last: tuple[Symbol, ...] = ()
        self._features: dict[str, torch.Tensor] = {}
        self.grammar = grammar

    def share(self, prompts: Sequence[Prompt]) -> None:
        """Read what these prompts, or one and the last before it, begin with alike; nothing if that is read already."""
        self._features.clear()
        every = [prompt.symbols for prompt in prompts]
        common = _common([*every, self._last] if len(every) == 1 and self._last else every)
        several = len(every) > 1 or self._last
        self._last = every[0]
        held = self._prefix
        if (
            held is not None
            and 4 * len(held.symbols) >= 3 * len(common)
            and common[: len(held.symbols)] == held.symbols
        ):
            return
        self._prefix = None
        if len(common) >= _LEAST and several:
            pixels = {digest: image for prompt in prompts for digest, image in prompt.pixels.items()}
            batch, _ = self._read([Prompt(common, pixels)])
            self._prefix = _Prefix(common, _layers(batch.cache))

    def forget(self) -> None:
        """Free all that was kept for later."""
        self._prefix, self._last = None, ()
        self._features.clear()

    def write(self, rows: Sequence[Row]) -> Iterator[None]:
        """Write all rows to their ends; hands over after each token of every row.

        Raises:
            FloatingPointError: the model computes no numbers.
            torch.OutOfMemoryError: the batch does not fit.
        """
        alive = list(rows)
        batch, logits = self._read([row.prompt for row in alive])
        for row in alive:
            row.cached = batch.cached(row.prompt)
        while True:
            tokens = self._choose(alive, logits[:, -1])
            for row, token in zip(alive, tokens, strict=True):
                row.take(token)
            yield
            going = [place for place, row in enumerate(alive) if row.finish is None]
            if not going:
                return
            if len(going) < len(alive):
                batch, alive = batch.only(going), [alive[place] for place in going]
            logits = self._forward(batch, [[row.written[-1]] for row in alive])

    @torch.inference_mode()
    def score(self, rows: Sequence[Row], choices: Sequence[Sequence[Sequence[int]]]) -> list[list[float]]:
        """The log-probability of each row's choices, each a run of tokens, right after its prompt; writes nothing."""
        batch, logits = self._read([row.prompt for row in rows])
        for row in rows:
            row.cached = batch.cached(row.prompt)
        first = torch.log_softmax(logits[:, -1].float(), -1)
        scores = []
        for place, own in enumerate(choices):
            longest = max(map(len, own))
            wholes = torch.tensor([[*choice, *[self._pad] * (longest - len(choice))] for choice in own])
            wholes = wholes.to(first.device)
            found = first[place][wholes[:, 0]][:, None]
            if longest > 1:
                several = batch.only([place] * len(own))
                after = self._forward(several, wholes[:, :-1].tolist(), all_logits=True)
                rest = torch.log_softmax(after.float(), -1).gather(2, wholes[:, 1:, None])[:, :, 0]
                found = torch.cat([found, rest], 1)
            lengths = torch.tensor([len(choice) for choice in own], device=found.device)
            counts = torch.arange(longest, device=found.device) < lengths[:, None]  # what follows a choice is padding
            scores.append(found.masked_fill(~counts, 0).sum(1).tolist())
        return scores

    @torch.inference_mode()
    def _read(self, prompts: Sequence[Prompt]) -> tuple[_Batch, torch.Tensor]:
        """Read the prompts: what the model then knows, and its logits after them (rows, 1, width)."""
        columns = max(len(prompt) for prompt in prompts)
        spare = [columns - len(prompt) for prompt in prompts]
        pads = torch.tensor(spare, device=self._device)
        layers: list[tuple[torch.Tensor, torch.Tensor]] = []
        begin = 0
        if self._prefix is not None and all(self._prefix.fits(prompt) for prompt in prompts):
            begin = len(self._prefix.symbols)
            source = (torch.arange(begin, device=self._device) - pads[:, None]).clamp(min=0)
            layers = [(_moved(keys, source), _moved(values, source)) for keys, values in self._prefix.layers]
        batch = _Batch(_cache(layers), pads, begin, begin)
        full: list[Sequence[Symbol]] = [
            [self._pad] * empty + list(prompt.symbols) for empty, prompt in zip(spare, prompts, strict=True)
        ]
        new = [row[begin:] for row in full]
        self._see({digest: image for prompt in prompts for digest, image in prompt.pixels.items()}, new)
        logits = self._forward(batch, new, images=_images(full, self._device))
        if not bool(logits.isfinite().all()):
            raise FloatingPointError("the model computes no numbers")
        return batch, logits

    @torch.inference_mode()
    def _forward(
        self,
        batch: _Batch,
        rows: Sequence[Sequence[Symbol]],
        *,
        images: torch.Tensor | None = None,
        all_logits: bool = False,
    ) -> torch.Tensor:
        """Read some more columns; the logits of the last, or of all of them (rows, columns, width)."""
        begin, batch.columns = batch.columns, batch.columns + len(rows[0])
        columns = torch.arange(begin, batch.columns, device=self._device)
        embedded = self._embedded(rows)
        soft = [[int(isinstance(symbol, tuple)) for symbol in row] for row in rows]
        seen = self._model(
            inputs_embeds=embedded,
            attention_mask=_masks(begin, batch.columns, batch.pads, images, self._text.sliding_window),
            position_ids=(columns - batch.pads[:, None]).clamp(min=0),
            past_key_values=batch.cache,
            use_cache=True,
            logits_to_keep=0 if all_logits else 1,
            **({"token_type_ids": torch.tensor(soft, device=self._device)} if self._sees else {}),
        )
        return seen.logits  # type: ignore[no-any-return]

    @property
    def _sees(self) -> bool:
        return self._model.config is not self._text

    def _see(self, pixels: Mapping[str, torch.Tensor], rows: Sequence[Sequence[Symbol]]) -> None:
        """Encode the images in ``rows`` that were not encoded yet."""
        for digest in {
            symbol[0] for row in rows for symbol in row if isinstance(symbol, tuple)
        } - self._features.keys():
            found = self._model.get_image_features(pixels[digest][None].to(self._device, self._model.dtype))
            self._features[digest] = getattr(found, "pooler_output", found)[0]  # bare in transformers 4

    def _embedded(self, rows: Sequence[Sequence[Symbol]]) -> torch.Tensor:
        """What the symbols are to the model (rows, columns, size)."""
        tokens = [[self._pad if isinstance(symbol, tuple) else symbol for symbol in row] for row in rows]
        embedded = self._model.get_input_embeddings()(torch.tensor(tokens, device=self._device))
        soft = [
            (number, column, *symbol)
            for number, row in enumerate(rows)
            for column, symbol in enumerate(row)
            if isinstance(symbol, tuple)
        ]
        if soft:
            numbers, columns, digests, places = zip(*soft, strict=True)
            seen = {digest: place for place, digest in enumerate(dict.fromkeys(digests))}
            features = torch.stack([self._features[digest] for digest in seen]).to(embedded)
            embedded[list(numbers), list(columns)] = features[[seen[digest] for digest in digests], list(places)]
        return embedded  # type: ignore[no-any-return]

    @torch.inference_mode()
    def _choose(self, rows: Sequence[Row], logits: torch.Tensor) -> list[int]:
        """The next token of each row, from its logits (rows, width)."""
        logits = logits.float()
        rules = [row.rule() for row in rows]
        if self.grammar is not None and any(constraint is not None for constraint, _ in rules):
            logits = logits.masked_fill(~self.grammar.allowed(rules, logits.device), -torch.inf)
        for number, row in enumerate(rows):
            if row.draw is not None:  # Gumbel's trick; drawn apart, so no row depends on who else is in the batch
                noise = -torch.log(-torch.log(torch.rand(logits.shape[1], generator=row.draw).clamp(1e-20, 1 - 1e-7)))
                logits[number] += _TEMPERATURE * noise.to(logits.device)
        return logits.argmax(-1).tolist()


def _common(rows: Sequence[Sequence[Symbol]]) -> tuple[Symbol, ...]:
    """The symbols that all rows begin with: not all of any row, and no part of an image."""
    first, last = min(rows, key=_order), max(rows, key=_order)
    end = 0
    while end < min(map(len, rows)) - 1 and first[end] == last[end]:
        end += 1
    while end and isinstance(first[end], tuple) and first[end][1]:  # type: ignore[index]
        end -= 1
    return tuple(first[:end])


def _order(row: Sequence[Symbol]) -> list[tuple[str, int]]:
    """For sorting: the first and the last of the sorted rows have in common what all have."""
    return [symbol if isinstance(symbol, tuple) else ("", symbol) for symbol in row]


def _images(rows: Sequence[Sequence[Symbol]], device: torch.device) -> torch.Tensor:
    """For each column of each row the number of the image it belongs to, or -1 (rows, columns)."""
    numbers = []
    for row in rows:
        count, own = -1, []
        for symbol in row:
            soft = isinstance(symbol, tuple)
            count += soft and symbol[1] == 0  # type: ignore[index]
            own.append(count if soft else -1)
        numbers.append(own)
    return torch.tensor(numbers, device=device)


def _masks(
    begin: int, end: int, pads: torch.Tensor, images: torch.Tensor | None, window: int
) -> dict[str, torch.Tensor]:
    """What columns ``begin`` to ``end`` may look at, per kind of layer: booleans (rows, 1, queries, keys)."""
    keys = torch.arange(end, device=pads.device)[None, None, :]
    queries = torch.arange(begin, end, device=pads.device)[None, :, None]
    seen = keys <= queries
    if images is not None:
        asking, asked = images[:, begin:, None], images[:, None, :]
        seen = seen | ((asking == asked) & (asking >= 0))
    # An empty column looks at itself, for a row that looks at nothing would be no number.
    whole = (seen & (keys >= pads[:, None, None])) | (keys == queries)
    near = whole & (keys > queries - window)
    return {"full_attention": whole[:, None], "sliding_attention": near[:, None]}


def _moved(states: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """Keys or values of one row (1, heads, columns, size), gathered for many rows by ``source`` (rows, columns)."""
    return states[0][:, source.to(states.device)].transpose(0, 1)


def _cache(layers: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> Any:
    """A cache that holds ``layers`` and forgets nothing: where the window ends is for the masks to say."""
    from transformers import DynamicCache

    cache = DynamicCache()
    for number, (keys, values) in enumerate(layers):
        cache.update(keys, values, number)
    return cache


def _layers(cache: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(layer.keys, layer.values) for layer in cache.layers]
