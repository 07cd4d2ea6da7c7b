"""What browsers are told with every answer, so that a page can do nothing but what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import MutableHeaders

__all__ = ["CONTENT_SECURITY_POLICY", "add_headers"]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
"""No script or style within a page, nothing from another address, no frame around it.

Source: W3C, Content Security Policy Level 3.
"""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # addresses hold the ids of cases
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR = 31_536_000  # seconds


def add_headers(headers: MutableHeaders, path: str, *, secure: bool) -> None:
    """Add to the headers of an answer what browsers must heed.

    A route may give a Content-Security-Policy of its own, and files under ``/static/`` say themselves how long they
    are kept; nothing else is kept anywhere.

    Args:
        headers: of the answer.
        path: that was asked for.
        secure: whether browsers come by https; they are then told never to come otherwise.
    """
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    if path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-cache")
    else:
        headers["Cache-Control"] = "no-store"
    if secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
