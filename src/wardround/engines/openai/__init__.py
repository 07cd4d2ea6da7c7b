"""Servers that speak OpenAI's protocol, each in its own dialect, with what they claim put to the proof."""

from wardround.engines.openai.client import OpenAIServer
from wardround.engines.openai.dialects import DIALECTS

__all__ = ["DIALECTS", "OpenAIServer"]
