"""What a site's reviewed charts teach: weights of terms, local phrases, habits, and how sure to be."""

from __future__ import annotations

from wardround.learning.charts import Chart

__all__ = ["Chart"]
