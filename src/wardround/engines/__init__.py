"""Models behind one small interface: a request goes in, a checked and bounded reply comes out.

>>> from wardround.engines import Message, Request
>>> Request(messages=(Message.user("Is this an X-ray?"),), choices=("yes", "no")).max_tokens
512
"""

from wardround.engines.engine import Capabilities, Engine
from wardround.engines.registry import open_engine
from wardround.engines.reply import Raw, Reply, Usage
from wardround.engines.request import Image, Message, Request

__all__ = ["Capabilities", "Engine", "Image", "Message", "Raw", "Reply", "Request", "Usage", "open_engine"]
