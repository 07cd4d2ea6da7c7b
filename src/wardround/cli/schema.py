"""``wardround schema``"""

from __future__ import annotations

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of a result.

    A line of `wardround code --json` is such a result, or `{"id", "error"}` in the place of one.

    \b
    Examples:
      wardround schema > result.schema.json
    """
    from wardround.cli.terminal import print_json
    from wardround.coding import CodingResult

    print_json(CodingResult.model_json_schema(by_alias=True, mode="serialization"))
