"""Other tools on the same notes, to be compared with: medspaCy with our terms as its rules, and ``icd10-coder``.

Neither is made for this job as it stands; each is wrapped in the way, of a few, that scored best on development notes.
They need ``pip install 'wardround[peers]'``. Their codes have quotes, no confidence, and are all for review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.coding.peers.peer import Peer
    from wardround.coding.result import Scope

__all__ = ["PEERS", "open_peer"]

PEERS = ("medspacy", "icd10-coder")
"""Their names."""


def open_peer(name: str, *, release: str | None = None, scope: Scope = "encounter") -> Peer:
    """The peer called ``name``, ready; medspaCy compiles its rules first, which takes many seconds.

    Args:
        name: one of `PEERS`.
        release: that its codes are from; the newest if none is named. icd10-coder brings its own list of codes.
        scope: as of `wardround.Coder`.

    Raises:
        InputError: its package is not installed.
        UnknownRelease: no such release is installed.
    """
    if name == "medspacy":
        from wardround.coding.peers.medspacy import Medspacy

        return Medspacy(release, scope)
    if name == "icd10-coder":
        from wardround.coding.peers.icd10_coder import Icd10Coder

        return Icd10Coder(release, scope)
    raise ValueError(f"a peer is one of {', '.join(PEERS)}, not {name!r}")
