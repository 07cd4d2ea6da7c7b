"""Builds a tiny Gemma 3 with random weights: the real classes, files and special tokens, in a second and a megabyte.

What it says is noise, but everything around the words is real: chat template, image tokens, sliding windows, caches,
stop tokens, masks. Built anew in each environment, since folders written by one major version of transformers are not
read by another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["IMAGE_SIDE", "IMAGE_TOKENS", "TEMPLATE", "build", "processor", "tokenizer"]

IMAGE_SIDE = 56
"""Pixels of the vision tower's square input; MedGemma has 896."""

IMAGE_TOKENS = 4
"""Soft tokens of one image; MedGemma has 256."""

TEMPLATE = """\
{%- macro words(content) -%}
{%- if content is string -%}{{ content | trim }}
{%- else -%}
{%- for part in content -%}
{%- if part.type == 'image' -%}<start_of_image>{%- else -%}{{ part.text | trim }}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{{- bos_token -}}
{%- set system = namespace(text='') -%}
{%- for message in messages -%}
{%- if message.role == 'system' -%}
{%- set first = message.content if message.content is string else message.content[0].text -%}
{%- set system.text = first + '\\n\\n' -%}
{%- else -%}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\\n' + system.text -}}
{%- set system.text = '' -%}
{{- words(message.content) + '<end_of_turn>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\\n' -}}{%- endif -%}
"""
"""Does with a conversation what Gemma 3's own template does."""

_CONTROL = "<pad> <eos> <bos> <unk> <mask> <start_of_turn> <end_of_turn> <start_of_image> <end_of_image>".split()
_PLAIN = ["<unused94>", "<unused95>", *("\n" * count for count in range(1, 5))]  # tokens, but ordinary text
_SOFT = "<image_soft_token>"
_CORPUS = [
    "The patient has hypertension and type 2 diabetes mellitus. Acute appendicitis, no fever, chest pain resolved.",
    '{"codes": [{"code": "I10", "quote": "hypertension"}, {"code": "E11.9", "quote": "type 2 diabetes mellitus"}]}',
    "0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz \t.,:;()[]{}\"'-+/\\%<>_",
]


def build(folder: Path, *, images: bool = True, words: Any = None) -> Path:
    """Write a model into ``folder`` and return it.

    Args:
        images: False for the text-only class. Its vocabulary is one shorter than its tokenizer's, as that of MedGemma
            27B text is: the last token, the soft token of images, has no logit.
        words: the tokenizer, if not one of a few hundred tokens.
    """
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3ForConditionalGeneration

    words = words or tokenizer()
    torch.manual_seed(0)
    if images:
        model: Any = Gemma3ForConditionalGeneration(_config(words))
        projection = model.model.multi_modal_projector.mm_input_projection_weight
        torch.nn.init.normal_(projection, std=0.5)  # zero when new: no image would make any difference
        processor(words).save_pretrained(folder)
    else:
        model = Gemma3ForCausalLM(_text_config(words, vocabulary=len(words) - 1))
        words.save_pretrained(folder)
    model = model.to(torch.bfloat16).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim >= 2 and "embed" not in name and "mm_input" not in name:
                weight.mul_(8)  # livelier than fresh weights, which say one word for ever
    stops = [words.convert_tokens_to_ids(token) for token in ("<eos>", "<end_of_turn>")]
    settings = model.generation_config
    settings.eos_token_id, settings.pad_token_id, settings.bos_token_id = stops, words.pad_token_id, words.bos_token_id
    model.save_pretrained(folder)
    _name_as_published(folder / "model.safetensors")
    return folder


def tokenizer() -> Any:
    """A byte-fallback tokenizer of a few hundred tokens, Gemma's special ones among them."""
    from tokenizers import Tokenizer, models, normalizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = [f"<0x{byte:02X}>" for byte in range(256)]
    learned = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    learned.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=_CONTROL + _PLAIN + raw, show_progress=False)
    learned.train_from_iterator(_CORPUS * 4, trainer)
    plan = json.loads(learned.to_str())
    plan["added_tokens"] = [token for token in plan["added_tokens"] if token["content"] not in raw]
    for token in plan["added_tokens"]:
        token["special"] = token["content"] in _CONTROL
    plan["decoder"] = {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
        ],
    }
    bos = _CONTROL.index("<bos>")
    plan["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<bos>": {"id": "<bos>", "ids": [bos], "tokens": ["<bos>"]}},
    }
    made = Tokenizer.from_str(json.dumps(plan))
    made.add_special_tokens([_SOFT])  # the last of all, as in Gemma's own
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<bos>",
        eos_token="<end_of_turn>",
        pad_token="<pad>",
        unk_token="<unk>",
        padding_side="left",
        extra_special_tokens={"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": _SOFT},
        chat_template=TEMPLATE,
        model_max_length=8192,
    )


def processor(words: Any, *, side: int = IMAGE_SIDE, tokens: int = IMAGE_TOKENS) -> Any:
    """What prepares texts and images: images of ``side`` pixels, each of them so many soft tokens."""
    from transformers import Gemma3Processor

    try:  # without torchvision, transformers 5 has a class of its own for this
        from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil as ImageProcessor
    except ImportError:
        from transformers import Gemma3ImageProcessor as ImageProcessor
    pixels = {"height": side, "width": side}
    return Gemma3Processor(
        image_processor=ImageProcessor(size=pixels, image_seq_length=tokens, do_pan_and_scan=False),
        tokenizer=words,
        image_seq_length=tokens,
        chat_template=words.chat_template,
    )


def _text_config(words: Any, *, vocabulary: int) -> Any:
    from transformers import Gemma3TextConfig

    return Gemma3TextConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=6,  # five of them local, the last one global
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=64,  # shorter than the tests' prompts
        max_position_embeddings=8192,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.convert_tokens_to_ids("<eos>"),
        pad_token_id=words.pad_token_id,
    )


def _config(words: Any) -> Any:
    from transformers import Gemma3Config, SiglipVisionConfig

    return Gemma3Config(
        text_config=_text_config(words, vocabulary=-(-len(words) // 64) * 64),
        vision_config=SiglipVisionConfig(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=IMAGE_SIDE,
            patch_size=14,
            vision_use_head=False,
        ),
        mm_tokens_per_image=IMAGE_TOKENS,
        image_token_index=words.convert_tokens_to_ids(_SOFT),
        boi_token_index=words.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=words.convert_tokens_to_ids("<end_of_image>"),
        eos_token_id=[words.convert_tokens_to_ids("<eos>"), words.convert_tokens_to_ids("<end_of_turn>")],
    )


def _name_as_published(weights: Path) -> None:
    """Name the vision tower's weights as published checkpoints do, which other programs insist on."""
    from safetensors.torch import load_file, save_file

    tower = "vision_tower."
    named = {
        name.replace(tower, f"{tower}vision_model.") if tower in name and "vision_model" not in name else name: weight
        for name, weight in load_file(weights).items()
    }
    save_file(named, weights, metadata={"format": "pt"})
