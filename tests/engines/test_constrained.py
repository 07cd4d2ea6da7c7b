"""Whatever logits a model gives, what it writes under a schema is valid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engines import tiny
from wardround.engines.constrained import Constraint, Grammar
from wardround.errors import EngineRefused

torch = pytest.importorskip("torch", reason="the extra wardround[transformers] is not installed")
pytest.importorskip("transformers")
pytest.importorskip("llguidance")

TOKENS = tiny.tokenizer()
STOPS = set(TOKENS.convert_tokens_to_ids(["<eos>", "<end_of_turn>"]))
NEVER = TOKENS.convert_tokens_to_ids(["<unused94>", "<unused95>"])
WIDER, NARROWER = len(TOKENS) + 60, len(TOKENS) - 1
GRAMMARS = {width: Grammar(TOKENS, width=width, stops=STOPS, never=NEVER) for width in (WIDER, NARROWER)}
CODES = {
    "type": "object",
    "properties": {
        "codes": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {"code": {"enum": ["I10", "E11.9"]}, "quote": {"type": "string", "maxLength": 12}},
                "required": ["code", "quote"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["codes"],
    "additionalProperties": False,
}


def written(schema: dict[str, Any], seed: int, *, width: int = WIDER, most: int = 600) -> str:
    """What a model with no idea writes: each token drawn from those allowed."""
    grammar = GRAMMARS[width]
    constraint = grammar.constraint(schema)
    draw = torch.Generator().manual_seed(seed)
    tokens: list[int] = []
    while not constraint.complete and len(tokens) < most:
        allowed = grammar.allowed([(constraint, ())], torch.device("cpu"))
        assert allowed.shape == (1, width)
        token = int(torch.multinomial(allowed[0].float(), 1, generator=draw))
        if token in STOPS:
            break
        tokens.append(token)
        constraint.accept(token)
    return str(TOKENS.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def simple() -> st.SearchStrategy[dict[str, Any]]:
    """Small schemas with bounds, nested twice at most."""
    words = st.lists(st.text('abc "\\{}é', max_size=5), min_size=1, max_size=3, unique=True)
    leaves = st.one_of(
        st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(0, 6)),
        words.map(lambda found: {"enum": found}),
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        st.builds(lambda low: {"type": "integer", "minimum": low, "maximum": low + 40}, st.integers(-9, 9)),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda items: {"type": "array", "items": items, "maxItems": 3}),
            st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, min_size=1, max_size=3).map(
                lambda found: {
                    "type": "object",
                    "properties": found,
                    "required": list(found),
                    "additionalProperties": False,
                }
            ),
        ),
        max_leaves=4,
    )


@pytest.mark.parametrize("width", [WIDER, NARROWER])
@pytest.mark.parametrize("seed", range(12))
def test_noise_under_a_schema_is_valid(seed: int, width: int) -> None:
    text = written(CODES, seed, width=width)
    assert Draft202012Validator(CODES).is_valid(json.loads(text)), text


@settings(max_examples=60, deadline=None)
@given(schema=simple(), seed=st.integers(0, 2**31))
def test_noise_under_any_small_schema_is_valid(schema: dict[str, Any], seed: int) -> None:
    text = written(schema, seed)
    assert Draft202012Validator(schema).is_valid(json.loads(text)), (schema, text)


def test_there_is_no_white_space_to_loop_in() -> None:
    grammar = GRAMMARS[WIDER]
    constraint = grammar.constraint(CODES)
    for token in TOKENS('{"codes":[', add_special_tokens=False)["input_ids"]:
        allowed = grammar.allowed([(constraint, ())], torch.device("cpu"))[0]
        assert not allowed[TOKENS.convert_tokens_to_ids(["\n", "\n\n", "▁"])].any()
        constraint.accept(token)


def test_rows_of_a_batch_have_each_their_own() -> None:
    grammar = GRAMMARS[WIDER]
    one, other = grammar.constraint(CODES), grammar.constraint({"enum": ["yes"]})
    brace, quote = (TOKENS(text, add_special_tokens=False)["input_ids"][0] for text in ('{"codes":[', '"yes"'))
    begin = NEVER[0]
    allowed = grammar.allowed([(one, (begin,)), (None, ()), (other, ())], torch.device("cpu"))
    assert allowed[:, [brace, quote, begin]].tolist() == [[True, False, True], [True] * 3, [False, True, False]]
    assert allowed[1].all()


def test_markers_of_thinking_have_no_place_in_a_text() -> None:
    grammar = GRAMMARS[WIDER]
    constraint = grammar.constraint({"type": "string", "maxLength": 30})
    constraint.accept(TOKENS.convert_tokens_to_ids('"'))
    allowed = grammar.allowed([(constraint, ())], torch.device("cpu"))[0]
    assert allowed[TOKENS.convert_tokens_to_ids("a")]
    assert not allowed[NEVER].any()


def test_a_number_ends_when_the_model_ends_it() -> None:
    grammar = GRAMMARS[WIDER]
    constraint = grammar.constraint({"type": "integer", "minimum": 0, "maximum": 100})
    constraint.accept(TOKENS.convert_tokens_to_ids("1"))
    assert not constraint.complete
    assert grammar.allowed([(constraint, ())], torch.device("cpu"))[0, sorted(STOPS)].all()


def test_what_does_not_fit_is_an_error_and_it_can_start_again() -> None:
    constraint = GRAMMARS[WIDER].constraint(CODES)
    constraint.accept(TOKENS.convert_tokens_to_ids("{"))
    constraint.restart()
    with pytest.raises(ValueError, match="does not fit"):
        constraint.accept(TOKENS.convert_tokens_to_ids("x"))
    assert isinstance(constraint, Constraint)


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"type": "string", "pattern": "(?=x)("}])
def test_a_schema_that_cannot_be_enforced_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(EngineRefused):
        GRAMMARS[WIDER].constraint(schema)
