"""Notes per minute: one model, asked as the first notebooks do, and asked by wardround.

The loop of those notebooks takes one note after another, with a dummy image, 512 new tokens and no schema. wardround
takes many at once, reads the instruction once, needs no image, and stops when the schema is complete. Both use the same
weights, which are random: the work is that of a real model, the words are noise, and noise does not stop by itself, so
the loop always writes all its tokens (real answers of MedGemma 4B to this prompt often do, by repeating themselves).

Run it from the repository. It needs torch, transformers, pillow, llguidance, jsonschema and platformdirs; wardround
itself need not be installed::

    PYTHONPATH=src python -m benchmarks.engine_throughput --shape 4b --notes 128 --batch 64

The result goes to standard output as JSON, a table to standard error. The limit of tokens per second is what the memory
allows: at each step the language model's weights and the keys and values of all rows are read once.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from typing import Any

import torch
import transformers
from tests.engines import tiny

from wardround.engines import Message, Request
from wardround.engines.transformers import Transformers

_INSTRUCTION = """\
You code clinical notes. Read the note in the message and list the diagnoses that this visit assessed or treated, each
with its ICD-10-CM code and the words of the note that show it. Copy the words exactly as they stand. Leave out what the
note denies, what another person has, and symptoms that belong to a diagnosis you list. A suspected condition of an
outpatient is not coded; code the symptom instead. Give chronic conditions that were considered, and the codes of
circumstance that matter: long-term use of insulin, an allergy, an amputation. Put the main reason of the visit first.
A code without words of the note is of no use, and so are words without a code. Answer in JSON, nothing else."""
_LOOP = "List the ICD-10 codes of this note, one a line, with a description of each. Code symptoms and plan too.\n\n"
_HISTORY = """\
Visit {number}. {age} year old {who} with {one} and {two}, seen for {complaint} for {days} days. Takes metformin and
lisinopril as prescribed. No chest pain, no dyspnea. Father had a stroke. Temperature {days}7.{days}, pulse {age},
lungs clear, abdomen soft. Assessment: {complaint}, likely due to {one}; {two}, stable. Plan: blood count, metabolic
panel, continue the present treatment, return in {days} weeks or sooner if worse."""
_CONDITIONS = "hypertension,type 2 diabetes mellitus,asthma,chronic kidney disease,gout,hypothyroidism,anemia".split(
    ","
)
_COMPLAINTS = "cough,headache,low back pain,fatigue,abdominal pain".split(",")
_CODES = "I10 E11.9 J45.909 N18.30 M10.9 E03.9 D64.9 R05.9 R51.9 M54.50 R53.83 R10.9 Z79.84 Z79.899 Z82.3".split()
_ITEM = {
    "type": "object",
    "properties": {"code": {"enum": _CODES}, "quote": {"type": "string", "maxLength": 40}},
    "required": ["code", "quote"],
    "additionalProperties": False,
}
_SCHEMA = {
    "type": "object",
    "properties": {"codes": {"type": "array", "minItems": 5, "maxItems": 5, "items": _ITEM}},
    "required": ["codes"],
    "additionalProperties": False,
}
_SHAPES: dict[str, dict[str, dict[str, int]]] = {
    "tiny": {
        "text": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 6, "num_attention_heads": 2,
                 "num_key_value_heads": 1, "head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 512},
        "vision": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
                   "image_size": 56},
        "whole": {"vocab_size": 640, "mm_tokens_per_image": 4},
    },
    "4b": {  # MedGemma 4B and 1.5 4B
        "text": {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34, "num_attention_heads": 8,
                 "num_key_value_heads": 4, "head_dim": 256, "query_pre_attn_scalar": 256, "sliding_window": 1024},
        "vision": {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16,
                   "image_size": 896},
        "whole": {"vocab_size": 262208, "mm_tokens_per_image": 256},
    },
}  # fmt: skip


def main() -> None:
    """Parse the command line, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_throughput", description=__doc__)
    parser.add_argument("--shape", choices=sorted(_SHAPES), default="tiny", help="of the model with random weights")
    parser.add_argument("--notes", type=int, default=16, help="that wardround is given")
    parser.add_argument("--loop-notes", type=int, default=2, help="that the loop is given; its speed does not change")
    parser.add_argument("--batch", type=int, default=16, help="notes that wardround answers at once")
    parser.add_argument("--tokens", type=int, default=512, help="the most that an answer may have")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()

    _say(f"building the {options.shape} model on {options.device} …")
    model, processor = _built(options.shape, options.device)
    notes = [_note(number) for number in range(max(options.notes, options.loop_notes))]
    bandwidth = _bandwidth(options.device)
    _say("the notebooks' loop …")
    loop = _loop(model, processor, notes[: options.loop_notes], options.tokens)
    _say("wardround …")
    ours = _ours(model, processor, notes[: options.notes], options.tokens, options.batch)
    for one, rows in ((loop, 1), (ours, min(options.batch, options.notes))):
        one["limit_tokens_per_second"] = round(_limit(model, bandwidth, rows, one["columns_per_note"]), 1)
        one["of_limit"] = round(one["tokens_per_second"] / one["limit_tokens_per_second"], 4)
    result = {
        "schema": "wardround.engine-throughput/1",
        "machine": {
            "device": torch.cuda.get_device_name() if "cuda" in options.device else platform.processor() or "cpu",
            "threads": torch.get_num_threads(),
            "memory_gb_per_second": round(bandwidth / 1e9, 1),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "shape": options.shape,
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "batch": options.batch,
        "most_tokens": options.tokens,
        "loop": loop,
        "wardround": ours,
        "ratio_notes_per_minute": round(ours["notes_per_minute"] / loop["notes_per_minute"], 2),
        "ratio_tokens_per_second": round(ours["tokens_per_second"] / loop["tokens_per_second"], 2),
    }
    json.dump(result, sys.stdout, indent=1)
    print()
    _say(f"{'':28}{'loop':>12}{'wardround':>12}")
    for key, value in ours.items():
        _say(f"{key.replace('_', ' '):28}{loop.get(key, ''):>12}{value:>12}")
    _say(f"{'ratio of notes per minute':40}{result['ratio_notes_per_minute']:>12}")


def _built(shape: str, device: str) -> tuple[Any, Any]:
    """A Gemma 3 with random weights, made on the device, and its processor."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig, SiglipVisionConfig

    sizes = _SHAPES[shape]
    words = tiny.tokenizer()
    vocabulary, soft = sizes["whole"]["vocab_size"], sizes["whole"]["mm_tokens_per_image"]
    config = Gemma3Config(
        text_config=Gemma3TextConfig(
            vocab_size=vocabulary, max_position_embeddings=131072, pad_token_id=words.pad_token_id, **sizes["text"]
        ),
        vision_config=SiglipVisionConfig(patch_size=14, vision_use_head=False, **sizes["vision"]),
        mm_tokens_per_image=soft,
        image_token_index=words.convert_tokens_to_ids("<image_soft_token>"),
        boi_token_index=words.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=words.convert_tokens_to_ids("<end_of_image>"),
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = Gemma3ForConditionalGeneration._from_config(config, attn_implementation="sdpa")
    finally:
        torch.set_default_dtype(torch.float32)
    model = model.to(device=device, dtype=torch.bfloat16).eval()
    processor = tiny.processor(words, side=sizes["vision"]["image_size"], tokens=soft)
    return model, processor


def _loop(model: Any, processor: Any, notes: list[str], tokens: int) -> dict[str, Any]:
    """One note at a time, an empty image with each, free text to the last token."""
    from PIL import Image

    side = model.config.vision_config.image_size
    image = Image.new("RGB", (side, side))
    settings = {"do_sample": False, "eos_token_id": None, "pad_token_id": processor.tokenizer.pad_token_id}
    prompted = written = 0
    started = 0.0
    for number, note in enumerate([notes[0], *notes]):  # the first warms up
        if number == 1:
            prompted, written, started = 0, 0, _now()
        content = [{"type": "text", "text": note}, {"type": "image"}]
        system = [{"type": "text", "text": _LOOP + note}]
        messages = [{"role": "system", "content": system}, {"role": "user", "content": content}]
        text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        inputs = processor(text=[text], images=[[image]], return_tensors="pt", add_special_tokens=False)
        inputs = inputs.to(model.device, torch.bfloat16)
        most = tokens if number else 8
        output = model.generate(**inputs, max_new_tokens=most, **settings)
        prompted += inputs["input_ids"].shape[1]
        written += output.shape[1] - inputs["input_ids"].shape[1]
    return _speeds(len(notes), _now() - started, prompted, written)


def _ours(model: Any, processor: Any, notes: list[str], tokens: int, batch: int) -> dict[str, Any]:
    """Many at a time, the instruction read once, held to the schema."""
    engine = Transformers(model, processor, name="random weights", batch=batch)
    system = Message("system", (_INSTRUCTION,))
    requests = [Request(messages=(system, Message.user(note)), schema=_SCHEMA, max_tokens=tokens) for note in notes]
    warm = [Request(messages=(Message.user(note),), schema=_SCHEMA, max_tokens=8) for note in notes[:batch]]
    list(engine.generate(warm))  # once each: answers cut short would be asked for again
    started = _now()
    replies = engine.ask_all(requests)
    seconds = _now() - started
    done = [reply for reply in replies if not isinstance(reply, Exception)]
    usage = [reply.usage for reply in done]
    speeds = _speeds(len(notes), seconds, sum(u.prompt_tokens for u in usage), sum(u.completion_tokens for u in usage))
    return speeds | {
        "cached_tokens_per_note": round(sum(u.cached_tokens for u in usage) / len(notes), 1),
        "valid_answers": sum(reply.ok for reply in done),
        "batch_used": engine._batch,
    }


def _speeds(notes: int, seconds: float, prompted: int, written: int) -> dict[str, Any]:
    return {
        "notes": notes,
        "seconds": round(seconds, 2),
        "notes_per_minute": round(60 * notes / seconds, 2),
        "tokens_per_second": round(written / seconds, 2),
        "prompt_tokens_per_note": round(prompted / notes, 1),
        "tokens_per_note": round(written / notes, 1),
        "columns_per_note": round((prompted + written / 2) / notes, 1),
    }


def _limit(model: Any, bandwidth: float, rows: int, columns: float) -> float:
    """Tokens per second if reading weights, keys and values took all the time."""
    text = model.config.get_text_config()
    weights = sum(
        weight.numel() * weight.element_size()
        for name, weight in model.named_parameters()
        if "vision_tower" not in name and "multi_modal" not in name
    )
    row = columns * 2 * text.num_hidden_layers * text.num_key_value_heads * text.head_dim * 2  # bytes
    return rows * bandwidth / (weights + rows * row)


def _bandwidth(device: str) -> float:
    """Bytes per second that a copy reads and writes."""
    size = 2**30 if "cuda" in device else 2**27
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(8):
        started = _now()
        target.copy_(source)
        best = max(best, 2 * size / (_now() - started))
    return best


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def _note(number: int) -> str:
    return _HISTORY.format(
        number=number,
        age=30 + number % 50,
        who=("woman", "man")[number % 2],
        one=_CONDITIONS[number % 7],
        two=_CONDITIONS[(number + 3) % 7],
        complaint=_COMPLAINTS[number % 5],
        days=1 + number % 3,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
