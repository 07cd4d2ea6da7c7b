"""Writes the tiny Gemma 3 of `engines.tiny` as llama.cpp wants it: the text model, and the projector of images.

Names and small twists are those of the published files: norms hold 1 + w, tokens that look special are control tokens,
and ``<unused94>`` is one of them, so that only a runtime told to print control tokens shows a thought's markers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["write"]

_NORMAL, _UNKNOWN, _CONTROL, _USER, _UNUSED, _BYTE = 1, 2, 3, 4, 5, 6  # kinds of tokens
_TEXT = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "mlp.down_proj": "ffn_down",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_proj": "attn_k",
    "self_attn.q_proj": "attn_q",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
}
_VISION = {
    "layer_norm1": "ln1",
    "layer_norm2": "ln2",
    "mlp.fc1": "ffn_up",
    "mlp.fc2": "ffn_down",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.out_proj": "attn_out",
}


def write(model: Path, folder: Path, *, tensors: int = 0) -> tuple[Path, Path]:
    """Write the model in the folder ``model`` into ``folder``; gives the text model and the projector.

    Args:
        tensors: in one file of the text model at most, which is then several files; 0 for a single one.
    """
    from safetensors.torch import load_file

    config = json.loads((model / "config.json").read_text())
    weights = {name: weight.float().numpy() for name, weight in load_file(model / "model.safetensors").items()}
    folder.mkdir(parents=True, exist_ok=True)
    text, projector = folder / "tiny-f32.gguf", folder / "mmproj-tiny-f32.gguf"
    _write_text(text, model, config["text_config"], weights, tensors)
    _write_projector(projector, config, weights)
    return next(iter(sorted(folder.glob("tiny-f32-00001-of-*.gguf"))), text), projector


def _write_text(path: Path, model: Path, config: dict[str, Any], weights: dict[str, Any], tensors: int) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "gemma3", split_max_tensors=tensors)
    writer.add_name("Tiny random Gemma 3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(1e6)
    writer.add_sliding_window(config["sliding_window"])
    writer.add_file_type(0)
    _add_tokenizer(writer, model, config["vocab_size"])
    prefix = "language_model.model."
    writer.add_tensor("token_embd.weight", weights[f"{prefix}embed_tokens.weight"])
    writer.add_tensor("output_norm.weight", weights[f"{prefix}norm.weight"] + 1)
    for layer in range(config["num_hidden_layers"]):
        for theirs, name in _TEXT.items():
            weight = weights[f"{prefix}layers.{layer}.{theirs}.weight"]
            writer.add_tensor(f"blk.{layer}.{name}.weight", weight + 1 if name.endswith("norm") else weight)
    _finish(writer)


def _add_tokenizer(writer: Any, model: Path, size: int) -> None:
    plan = json.loads((model / "tokenizer.json").read_text())
    tokens = [f"<spare{number}>" for number in range(size)]
    kinds, scores = [_UNUSED] * size, [-1000.0] * size
    rank = {"".join(merge): place for place, merge in reversed(list(enumerate(plan["model"]["merges"])))}
    for token, number in plan["model"]["vocab"].items():
        tokens[number], kinds[number] = token, _NORMAL
        scores[number] = -float(rank[token]) if token in rank else -1e4 if len(token) > 1 else -5e3
        if len(token) == 6 and token.startswith("<0x"):
            kinds[number], scores[number] = _BYTE, -1000.0
    for token in plan["added_tokens"]:
        looks_special = token["special"] or token["content"].startswith("<unused")
        tokens[token["id"]] = token["content"]
        kinds[token["id"]] = _UNKNOWN if token["content"] == "<unk>" else _CONTROL if looks_special else _USER
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(tokens.index("<bos>"))
    writer.add_eos_token_id(tokens.index("<end_of_turn>"))
    writer.add_pad_token_id(tokens.index("<pad>"))
    writer.add_unk_token_id(tokens.index("<unk>"))
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template((model / "chat_template.jinja").read_text())


def _write_projector(path: Path, config: dict[str, Any], weights: dict[str, Any]) -> None:
    import numpy
    from gguf import GGUFWriter

    vision = config["vision_config"]
    writer = GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_file_type(0)
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("gemma3")
    writer.add_vision_projection_dim(config["text_config"]["hidden_size"])
    writer.add_vision_image_size(vision["image_size"])
    writer.add_vision_patch_size(vision["patch_size"])
    writer.add_vision_embedding_length(vision["hidden_size"])
    writer.add_vision_feed_forward_length(vision["intermediate_size"])
    writer.add_vision_block_count(vision["num_hidden_layers"])
    writer.add_vision_head_count(vision["num_attention_heads"])
    writer.add_vision_attention_layernorm_eps(vision.get("layer_norm_eps", 1e-6))
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_mean([0.5] * 3)
    writer.add_vision_image_std([0.5] * 3)
    side = int(config["mm_tokens_per_image"] ** 0.5)
    writer.add_vision_projector_scale_factor(vision["image_size"] // vision["patch_size"] // side)
    tower, projector = "vision_tower.vision_model.", "multi_modal_projector."
    writer.add_tensor("v.patch_embd.weight", weights[f"{tower}embeddings.patch_embedding.weight"])
    writer.add_tensor("v.patch_embd.bias", weights[f"{tower}embeddings.patch_embedding.bias"])
    writer.add_tensor("v.position_embd.weight", weights[f"{tower}embeddings.position_embedding.weight"])
    for part in ("weight", "bias"):
        writer.add_tensor(f"v.post_ln.{part}", weights[f"{tower}post_layernorm.{part}"])
        for layer in range(vision["num_hidden_layers"]):
            for theirs, name in _VISION.items():
                weight = weights[f"{tower}encoder.layers.{layer}.{theirs}.{part}"]
                writer.add_tensor(f"v.blk.{layer}.{name}.{part}", weight)
    mapping = weights[f"{projector}mm_input_projection_weight"].astype(numpy.float16)
    writer.add_tensor("mm.input_projection.weight", mapping)
    writer.add_tensor("mm.soft_emb_norm.weight", weights[f"{projector}mm_soft_emb_norm.weight"] + 1)
    _finish(writer)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
