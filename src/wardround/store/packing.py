"""What may hold patient text, as bytes for a column: JSON, compressed, and sealed where the store has a key."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from wardround.errors import StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.store.sealing import Seal

__all__ = ["Json", "Packer", "canonical"]


def canonical(value: object) -> bytes:
    """``value`` as the one JSON text that equal values have: sorted keys, no white space, UTF-8.

    >>> canonical({"b": 1, "a": "é"})
    b'{"a":"\\xc3\\xa9","b":1}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


class Json(Mapping[str, object]):
    """A JSON object as its text, which is read when somebody looks into it.

    >>> draft = Json(b'{"codes": []}')
    >>> draft["codes"], draft.text
    ([], b'{"codes": []}')
    """

    def __init__(self, text: bytes) -> None:
        self.text = text

    @cached_property
    def _read(self) -> dict[str, object]:
        read: dict[str, object] = json.loads(self.text)
        return read

    def __getitem__(self, name: str) -> object:
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


class Packer:
    """Packs and unpacks values for columns.

    Args:
        seal: None leaves them unencrypted.
    """

    def __init__(self, seal: Seal | None) -> None:
        self._seal = seal

    def pack(self, value: Mapping[str, object], context: str) -> bytes:
        """``value`` as bytes that unpack only with the same ``context``, the key of its row."""
        packed = zlib.compress(value.text if isinstance(value, Json) else canonical(value))
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
