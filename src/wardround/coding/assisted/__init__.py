"""Coding with a model: it points at words and chooses among titles; finding, rules and checks stay ours."""

from wardround.coding.assisted.assistant import Assistant, Assisted, Method

__all__ = ["Assistant", "Assisted", "Method"]
