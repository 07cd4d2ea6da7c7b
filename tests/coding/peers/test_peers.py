"""Other tools, where they are installed, and what is said where they are not."""

from __future__ import annotations

import importlib.metadata

import pytest

from wardround.coding import Encounter
from wardround.coding.peers import PEERS, open_peer
from wardround.coding.result import Scope
from wardround.errors import InputError

NOTE = "HPI: Denies cough.\nASSESSMENT\n1. Acute appendicitis.\n2. Hypertension.\n"


def test_there_is_one_command_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    for name in PEERS:
        with pytest.raises(InputError, match="is not installed") as raised:
            open_peer(name)
        assert raised.value.hint == "pip install 'wardround[peers]'"
    with pytest.raises(ValueError, match="a peer is one of"):
        open_peer("another")


@pytest.mark.parametrize("scope", ["encounter", "mentions"])
def test_codes_have_quotes_and_are_for_review(scope: Scope) -> None:
    """medspaCy, whose rules take a minute to make, is left to the benchmarks."""
    pytest.importorskip("icd10_coder")
    result = open_peer("icd10-coder", scope=scope).code(NOTE, Encounter(setting="inpatient"), id="n")
    assert (result.id, result.scope, result.setting, result.timings) == ("n", scope, "inpatient", {})
    assert result.codes
    for code in result.codes:
        assert code.status == "review"
        (quote,) = code.evidence
        assert NOTE[quote.start : quote.end] == quote.text
    assert result.model_dump(mode="json")["provenance"]["coder"] == "unknown"
