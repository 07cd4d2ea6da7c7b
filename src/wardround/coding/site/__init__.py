"""What the reviewed charts of a site have taught, and how it changes a draft.

Using it takes no more than this package; it is fitted by `wardround.learning`.
"""

from __future__ import annotations

from wardround.coding.site.model import SiteModel

__all__ = ["SiteModel"]
