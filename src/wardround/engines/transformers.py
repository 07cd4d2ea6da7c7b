"""MedGemma, or another Gemma 3, in this process through Hugging Face transformers.

- Nothing is downloaded: a folder is loaded, or a model that is already in this machine's cache.
- bfloat16 always. In float16, Gemma's activations overflow and it says nothing but padding.
- Code that comes with a model is never run, and only safetensors are read.
- Greedy unless a request has a seed; an answer ends at the tokenizer's end token, ``<eos>`` or ``<end_of_turn>``.
- Many requests are written in batches, and what their prompts begin with alike is computed once; see `decoding`.
"""

from __future__ import annotations

import io
import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from wardround.engines import weights
from wardround.engines.catalog import known, recognise
from wardround.engines.engine import Capabilities, Engine
from wardround.engines.prompting import joined
from wardround.engines.reply import Raw, Usage
from wardround.engines.request import Image, Message, Request
from wardround.engines.thinking import MARKERS, told_to_think
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

if TYPE_CHECKING:
    from wardround.engines.decoding import Decoder, Prompt, Row

__all__ = ["Transformers"]

_INSTALL = "pip install 'wardround[transformers]'"
_ENDS = ("<eos>", "<end_of_turn>")
_Planned = tuple[int, Request, "Row"]


class Transformers(Engine):
    """A Gemma 3 in memory. Not safe to share between threads."""

    def __init__(
        self, model: Any, processor: Any, *, name: str, digest: str = "", thinking: bool = False, batch: int = 16
    ) -> None:
        """Ask a model that is loaded already; `load` is the usual way.

        Args:
            model: a Gemma3ForConditionalGeneration or Gemma3ForCausalLM.
            processor: its processor, or its tokenizer if it sees no images.
            name: of the model.
            digest: of the weights.
            thinking: whether it can think before it answers.
            batch: requests answered at once; halved by itself when the memory is too small.
        """
        from wardround.engines.decoding import Decoder

        self.name = f"transformers {name}"
        self.digest = digest
        self._processor = processor
        self._tokens: Any = getattr(processor, "tokenizer", processor)
        images = self._tokens is not processor
        self.capabilities = Capabilities(
            images=images, probabilities=True, thinking=thinking, cpu=model.device.type == "cpu"
        )
        self._batch = batch
        self._model = model
        text = model.config.get_text_config()
        self._width: int = text.vocab_size
        self._room: int = text.max_position_embeddings
        self._stops = frozenset(filter(None, [self._tokens.eos_token_id, *map(self._known, _ENDS)]))
        self._markers = (self._known(MARKERS[0]), self._known(MARKERS[1]))
        controls = {token.content for token in self._tokens.added_tokens_decoder.values() if token.special}
        self._controls = re.compile("|".join(re.escape(token) for token in sorted({*controls, *MARKERS})))
        self._decoder: Decoder = Decoder(model, pad=self._tokens.pad_token_id or 0)

    @classmethod
    def load(
        cls,
        model: str | Path,
        *,
        device: str | None = None,
        dtype: Literal["bfloat16", "float32"] = "bfloat16",
        four_bit: bool = False,
        batch: int = 16,
    ) -> Self:
        """Load a model of the Gemma 3 family.

        Args:
            model: a folder, or an id such as ``google/medgemma-4b-it`` that is in this machine's cache.
            device: ``"cuda"``, ``"cuda:1"``, ``"cpu"``; ``"auto"`` spreads it over what there is. Without it, the first
                GPU, or else the processor.
            dtype: ``"float32"`` needs twice the memory, and is for comparing.
            four_bit: squeeze the weights to four bits by bitsandbytes; how well MedGemma does so was not evaluated.
            batch: requests answered at once.

        Raises:
            EngineMissing: a package or the model is not installed.
            EngineRefused: float16, a model that is no Gemma 3, or weights that are pickles.
            EngineFailed: it does not fit in memory.
        """
        if dtype not in ("bfloat16", "float32"):
            hint = "use bfloat16"
            raise EngineRefused(f"Gemma 3 must not run in {dtype}: its activations overflow", where="dtype", hint=hint)
        try:
            import torch
            import transformers
        except ImportError as error:
            raise EngineMissing("transformers is not installed", hint=_INSTALL) from error
        folder = weights.find(model)
        kind = weights.configuration(folder).get("model_type")
        if kind not in ("gemma3", "gemma3_text"):
            hint = "serve it with vLLM or llama.cpp, and give the address of the server"
            raise EngineRefused(f"this is no Gemma 3 but {kind}", where=str(model), hint=hint)
        sees = kind == "gemma3"
        one = device or ("cuda" if torch.cuda.is_available() else "cpu")
        settings: dict[str, Any] = {
            "dtype": getattr(torch, dtype),
            "device_map": one if one == "auto" else {"": one},
            "attn_implementation": "sdpa",
            "use_safetensors": True,
        }
        if four_bit:
            settings["quantization_config"] = _four_bit()
        safe = {"local_files_only": True, "trust_remote_code": False}
        reader = transformers.AutoProcessor if sees else transformers.AutoTokenizer
        maker = transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM
        try:
            processor = reader.from_pretrained(folder, **safe)
            loaded: Any = maker.from_pretrained(folder, **settings, **safe)
        except torch.OutOfMemoryError as error:
            hint = "use four_bit=True, a smaller model, or device='auto'"
            raise EngineFailed("the model does not fit in memory", where=str(model), hint=hint) from error
        except (OSError, ValueError) as error:
            raise EngineMissing("the model's folder cannot be loaded", where=str(model)) from error
        name = folder.name if Path(model).expanduser().is_dir() else str(model)
        published = known(str(model)) or recognise(folder)
        thinks = published is not None and published.thinking
        extras = (" in 4 bits" if four_bit else "") + (" in float32" if dtype == "float32" else "")
        digest = weights.digest(folder)
        return cls(loaded.eval(), processor, name=name + extras, digest=digest, thinking=thinks, batch=batch)

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        planned: list[_Planned] = []
        for number, request in enumerate(requests):
            try:
                planned.append((number, request, self._row(request)))
            except EngineError as error:
                yield number, error
        # Alike in length, so that little is padding; choices apart, since they are scored and not written.
        planned.sort(key=lambda plan: len(plan[2].prompt))
        self._share([row for _, _, row in planned])
        for choosing in (False, True):
            yield from self._answered([plan for plan in planned if (plan[1].choices is not None) == choosing])

    def stream(self, request: Request) -> Iterator[str]:
        if request.choices is not None:
            yield self.ask(request).text
            return
        row = self._row(request)
        self._share([row])
        told = ""
        for _ in self._decoder.write([row]):
            text = self._text(row)
            whole = row.finish is not None or not text.endswith("\ufffd")  # else in the middle of a character
            if whole and len(text) > len(told):
                yield text[len(told) :]
                told = text

    def close(self) -> None:
        self._decoder.forget()
        del self._decoder, self._model

    def _share(self, rows: Sequence[Row]) -> None:
        """Compute once what the prompts have in common; when that fails, each is computed for itself."""
        try:
            if rows:
                self._decoder.share([row.prompt for row in rows])
        except (RuntimeError, ArithmeticError):
            self._decoder.forget()

    def _answered(self, planned: list[_Planned]) -> Iterator[tuple[int, Raw | EngineError]]:
        """Answer in batches. One that fails is tried again in halves, down to the request that fails by itself."""
        queue = [planned] if planned else []
        while queue:
            group = queue.pop()
            if len(group) > self._batch:
                queue += [group[self._batch :], group[: self._batch]]
                continue
            late = [number for number, request, _ in group if request.late]
            if late:
                yield from ((number, Raw(text="", finish="time")) for number in late)
                queue += [[plan for plan in group if plan[0] not in late]] if len(late) < len(group) else []
                continue
            started = time.perf_counter()
            raws, failure = self._tried(group)
            share = (time.perf_counter() - started) / len(group)
            if failure is None:
                yield from (
                    (number, replace(raw, seconds=share)) for (number, _, _), raw in zip(group, raws, strict=True)
                )
            elif len(group) == 1:
                yield group[0][0], failure
            else:
                half = len(group) // 2
                self._batch = half if failure.retryable else self._batch
                queue += [group[half:], group[:half]]

    def _tried(self, group: Sequence[_Planned]) -> tuple[list[Raw], EngineFailed | None]:
        """The answers, or why there are none."""
        import torch

        try:
            return (self._chosen(group) if group[0][1].choices is not None else self._written(group)), None
        except (RuntimeError, ValueError, ArithmeticError) as error:
            full = isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
            kind = type(error).__name__
        for _, _, row in group:
            row.restart()
        self._decoder.forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if full:
            hint = "use a smaller model, 4 bits, or fewer images"
            return [], EngineFailed("the memory is too small for one request", hint=hint, retryable=True)
        return [], EngineFailed(f"the model broke down: {kind}")

    def _written(self, group: Sequence[_Planned]) -> list[Raw]:
        rows = [row for _, _, row in group]
        for _ in self._decoder.write(rows):
            pass
        return [
            Raw(text=self._text(row), finish=row.finish or "length", usage=_usage(row, len(row.written)))
            for row in rows
        ]

    def _chosen(self, group: Sequence[_Planned]) -> list[Raw]:
        choices = [request.choices or () for _, request, _ in group]
        tokens = [self._choice_tokens(own) for own in choices]
        scores = self._decoder.score([row for _, _, row in group], tokens)
        raws = []
        for (_, _, row), own, ids, score in zip(group, choices, tokens, scores, strict=True):
            likelihoods = _normalised(score)
            best = max(range(len(own)), key=likelihoods.__getitem__)
            probabilities = dict(zip(own, likelihoods, strict=True))
            raws.append(Raw(text=own[best], usage=_usage(row, len(ids[best])), probabilities=probabilities))
        return raws

    def _choice_tokens(self, choices: Sequence[str]) -> list[list[int]]:
        """The tokens of each choice that count: up to the first that no other choice has there, or to its end."""
        end = self._known(_ENDS[1]) or self._tokens.eos_token_id
        found = [[*self._tokens(choice, add_special_tokens=False)["input_ids"], end] for choice in choices]
        return [ids[: 1 + max((_alike(ids, other) for other in found if other is not ids), default=0)] for ids in found]

    def _row(self, request: Request) -> Row:
        """An answer to be written.

        Raises:
            EngineRefused: the prompt or the schema cannot be used.
        """
        import torch

        from wardround.engines.decoding import Row

        thinks = request.think and self.capabilities.thinking
        begin, end = self._markers
        return Row(
            prompt=self._prompt(request),
            most=request.max_tokens,
            stops=self._stops,
            constraint=self._grammar().constraint(request.schema) if request.schema is not None else None,
            markers=(begin, end) if thinks and begin is not None and end is not None else None,
            draw=torch.Generator().manual_seed(request.seed) if request.seed else None,
            deadline=request.deadline,
        )

    def _grammar(self) -> Any:
        from wardround.engines.constrained import Grammar

        if self._decoder.grammar is None:
            never = [token for token in self._markers if token is not None]
            self._decoder.grammar = Grammar(self._tokens, width=self._width, stops=self._stops, never=never)
        return self._decoder.grammar

    def _text(self, row: Row) -> str:
        text = self._tokens.decode(row.written, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def _known(self, token: str) -> int | None:
        """The id of ``token``, looked up by its text: ids differ between tokenizers."""
        found = self._tokens.get_vocab().get(token)
        return None if found is None else int(found)

    def _prompt(self, request: Request) -> Prompt:
        """The request as the model sees it.

        Raises:
            EngineRefused: it has images and the model sees none, an image cannot be used, or it is too long.
        """
        from wardround.engines.decoding import Prompt

        if request.images and not self.capabilities.images:
            raise EngineRefused("this model sees no images", where=self.name, hint="use medgemma-4b-it or 27b-it")
        conversation = self._conversation(request)
        text = self._processor.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        if request.images:
            pictures = [_picture(image) for image in request.images]
            seen = self._processor(
                text=[text], images=[pictures], add_special_tokens=False, do_pan_and_scan=False, return_tensors="pt"
            )
            ids = seen["input_ids"][0].tolist()
            digests = [image.digest for image in request.images]
            soft = self._tokens.image_token_id
            size = ids.count(soft) // len(digests)
            places = iter((digest, place) for digest in digests for place in range(size))
            symbols = tuple(next(places) if token == soft else token for token in ids)
            pixels = dict(zip(digests, seen["pixel_values"], strict=True))
        else:
            symbols, pixels = tuple(self._tokens(text, add_special_tokens=False)["input_ids"]), {}
        if len(symbols) + request.max_tokens > self._room:
            what = f"the prompt has {len(symbols)} tokens and the answer may have {request.max_tokens}"
            raise EngineRefused(f"{what}; the model has room for {self._room}", hint="split the note, or send less")
        return Prompt(symbols, pixels)

    def _conversation(self, request: Request) -> list[dict[str, Any]]:
        """The messages for the chat template, which trims every text and glues neighbours together."""
        thinks = request.think and self.capabilities.thinking
        messages = told_to_think(request.messages) if thinks else request.messages
        return [{"role": message.role, "content": self._parts(message)} for message in messages]

    def _parts(self, message: Message) -> list[dict[str, str]]:
        return [
            {"type": "image"} if isinstance(part, Image) else {"type": "text", "text": part}
            for part in joined(message, self._tame)
        ]

    def _tame(self, text: str) -> str:
        """``text`` without control tokens: a note that holds ``<end_of_turn>`` must not end the turn."""
        return self._controls.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def _picture(image: Image) -> Any:
    """The image in 8-bit RGB.

    Raises:
        EngineRefused: it is damaged, or has more than 8 bits per channel, of which the model would see only white.
    """
    import PIL.Image

    deep = image.media_type == "image/png" and image.data[24:25] == b"\x10"  # IHDR's bit depth
    try:
        picture = PIL.Image.open(io.BytesIO(image.data))
        if deep or picture.mode.startswith(("I", "F")):
            raise EngineRefused("the image has 16 bits per channel", hint="choose a window and make it 8 bits first")
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise EngineRefused("the image is damaged or too large") from error


def _usage(row: Row, completion: int) -> Usage:
    return Usage(prompt_tokens=len(row.prompt), cached_tokens=row.cached, completion_tokens=completion)


def _four_bit() -> Any:
    import importlib.util

    import torch
    import transformers

    if importlib.util.find_spec("bitsandbytes") is None:
        raise EngineMissing(
            "bitsandbytes, which squeezes weights to 4 bits, is not installed", hint="pip install bitsandbytes"
        )
    make: Any = transformers.BitsAndBytesConfig
    return make(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _normalised(scores: Sequence[float]) -> list[float]:
    """Probabilities from log-probabilities, summing to 1."""
    best = max(scores)
    powers = [math.exp(score - best) for score in scores]
    return [power / sum(powers) for power in powers]
