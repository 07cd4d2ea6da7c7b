"""``kill -9`` of the server under load: nothing that was acknowledged is lost, nothing is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.crashing import kill_servers

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 2


def test_nothing_acknowledged_is_lost_or_doubled_by_a_kill(tmp_path: Path) -> None:
    survived = kill_servers(tmp_path / "store", KILLS)
    assert survived.acknowledged > KILLS
    assert survived.there >= survived.acknowledged
    assert survived.jobs > 0
