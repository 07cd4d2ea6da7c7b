"""What may hold patient text, as bytes for a column: JSON, compressed, and sealed where the store has a key."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from wardround.errors import StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.store.sealing import Seal

__all__ = ["Packer", "canonical"]


def canonical(value: object) -> bytes:
    """``value`` as the one JSON text that equal values have: sorted keys, no white space, UTF-8.

    >>> canonical({"b": 1, "a": "é"})
    b'{"a":"\\xc3\\xa9","b":1}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


class Packer:
    """Packs and unpacks values for columns.

    Args:
        seal: None leaves them unencrypted.
    """

    def __init__(self, seal: Seal | None) -> None:
        self._seal = seal

    def pack(self, value: Mapping[str, object], context: str) -> bytes:
        """``value`` as bytes that unpack only with the same ``context``, the key of its row."""
        packed = zlib.compress(canonical(value))
        return self._seal.seal(packed, context) if self._seal else packed

    def unpack(self, packed: bytes, context: str) -> dict[str, object]:
        """What was packed.

        Raises:
            StoreDamaged: it was changed, or belongs to another row.
        """
        opened = self._seal.open(packed, context) if self._seal else packed
        try:
            value = json.loads(zlib.decompress(opened).decode("utf-8", "surrogatepass"))
        except (zlib.error, ValueError):
            raise StoreDamaged("a record is not what was put there", where=context) from None
        if not isinstance(value, dict):
            raise StoreDamaged("a record is not what was put there", where=context)
        return value
