"""A batch that is killed; see `batch.crashing`, which does it as often as is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.crashing import kill_runs


@pytest.mark.usefixtures("codes")
def test_killed_and_started_again_it_leaves_the_same_bytes(tmp_path: Path) -> None:
    survived = kill_runs(tmp_path, 3, 60, 2)
    assert survived.kills
    assert survived.steps[-1]
    assert survived.notes == 60
