"""The probability of each choice, from the probabilities of tokens that a server tells.

A choice may be several tokens, and a server tells the alternatives only along the answer that it wrote. So each token
that leaves the answer must fit one choice alone; where it fits several, or a choice is among no alternatives though it
might be likely, the probabilities cannot be told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["probabilities"]

_TOLERATED = 0.01  # of the probability of all choices together


def probabilities(tokens: Sequence[Any], targets: Mapping[str, str]) -> dict[str, float] | None:
    """How likely each choice was, summing to 1; None if that cannot be told.

    Args:
        tokens: of the answer, each with its ``token``, ``logprob`` and ``top_logprobs``.
        targets: for each choice, how the whole answer would have read.

    >>> top = [{"token": "yes", "logprob": -0.2876820724517809}, {"token": "no", "logprob": -1.3862943611198906}]
    >>> probabilities([{**top[0], "top_logprobs": top}], {"yes": "yes", "no": "no"})
    {'yes': 0.75, 'no': 0.25}
    """
    masses = dict.fromkeys(targets, 0.0)
    written, chance = "", 1.0
    unclear = 0.0  # the most that could belong to a choice, and it is not known to which
    ended = False
    try:
        for token in tokens:
            alive = _fitting(written, targets)
            if len(alive) < 2 or ended:
                break
            top = {each["token"]: math.exp(each["logprob"]) for each in token["top_logprobs"]}
            least = min(top.values(), default=1.0)
            top[token["token"]] = math.exp(token["logprob"])
            shown: set[str] = set()
            for text, share in top.items():
                # No text is the end of the answer.
                fitting = _fitting(written + text, targets) if text else [c for c in alive if targets[c] == written]
                shown.update(fitting)
                if text == token["token"]:
                    continue
                if len(fitting) == 1:
                    masses[fitting[0]] += chance * share
                elif fitting:
                    unclear += chance * share
            hidden = sum(choice not in shown for choice in alive)
            unclear += chance * min(hidden * least, max(0.0, 1.0 - sum(top.values())))
            chance *= top[token["token"]]
            written += token["token"]
            ended = not token["token"]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    answered = [choice for choice in targets if targets[choice] == written] if ended else _fitting(written, targets)
    if len(answered) != 1:
        return None
    masses[answered[0]] += chance
    total = sum(masses.values())
    if not total > 0 or unclear > _TOLERATED * total:
        return None
    return {choice: mass / total for choice, mass in masses.items()}


def _fitting(written: str, targets: Mapping[str, str]) -> list[str]:
    """The choices that what is written may become; if there is none, the one that it went beyond."""
    fitting = [choice for choice, target in targets.items() if target.startswith(written)]
    if fitting:
        return fitting
    beyond = [choice for choice, target in targets.items() if written.startswith(target)]
    return [max(beyond, key=lambda choice: len(targets[choice]))] if beyond else []
