"""Numbers about the server for Prometheus; none of them about a patient."""

from __future__ import annotations

__all__ = ["Metrics"]


class Metrics:
    """To be written."""
