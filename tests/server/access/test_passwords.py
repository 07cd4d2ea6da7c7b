"""Which passwords are taken, and how they are kept; with real hashes, which take their time."""

from __future__ import annotations

import threading
import time

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from starlette.exceptions import HTTPException

from wardround.errors import InputError
from wardround.server.access.passwords import Passwords, check_password


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("four plain words", ""),
        ("ten chars!", ""),
        ("x" * 1023 + "y", ""),
        ("пароль из слов", ""),
        ("nine char", "has 10 to 1,024 characters"),
        ("", "has 10 to 1,024 characters"),
        ("x" * 1024 + "y", "has 10 to 1,024 characters"),
        ("maria.lopez", "is the name"),
        ("Maria.Lopez", "is the name"),
        ("ｍａｒｉａ.lopez", "is the name"),
        ("password123", "tried first"),
        ("PassWord123", "tried first"),
        ("zzzzzzzzzzzz", "tried first"),
    ],
)
def test_which_are_taken(password: str, reason: str) -> None:
    if not reason:
        check_password("maria.lopez", password)
        return
    with pytest.raises(InputError, match=reason) as refused:
        check_password("maria.lopez", password)
    assert not password or password not in str(refused.value)


def test_what_is_kept() -> None:
    passwords = Passwords()
    kept = passwords.hash("four plain words")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, 4: the second recommended option
    assert kept != passwords.hash("four plain words")
    assert passwords.matches(kept, "four plain words")
    assert not passwords.matches(kept, "four plain word")
    assert not passwords.matches("", "a password that nobody has")
    assert not passwords.matches("no hash", "four plain words")
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(PasswordHasher.from_parameters(CHEAPEST).hash("x"))


def test_however_a_keyboard_makes_it() -> None:
    passwords = Passwords()
    assert passwords.matches(passwords.hash("cafe\u0301 au lait"), "caf\u00e9 au lait")


def test_no_hash_takes_as_long_as_a_wrong_one() -> None:
    passwords = Passwords()
    kept = passwords.hash("four plain words")
    passwords.matches("", "x")  # the first one makes what it compares with

    def seconds(kept: str) -> float:
        began = time.process_time()  # whatever else the machine does
        passwords.matches(kept, "wrong")
        return time.process_time() - began

    wrong, none = (min(seconds(each) for _ in range(3)) for each in (kept, ""))
    assert 0.4 < none / wrong < 2.5


def test_two_at_once_few_wait_and_the_others_are_sent_away() -> None:
    passwords = Passwords()
    inside, most = 0, 0
    lock, go = threading.Lock(), threading.Event()
    refused: list[int] = []

    def one() -> None:
        nonlocal inside, most
        try:
            with passwords.slot():
                with lock:
                    inside += 1
                    most = max(most, inside)
                go.wait(60)
                with lock:
                    inside -= 1
        except HTTPException as error:
            refused.append(error.status_code)

    threads = [threading.Thread(target=one) for _ in range(30)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while len(refused) < 12 and time.monotonic() < until:
        time.sleep(0.01)
    go.set()
    for thread in threads:
        thread.join()
    assert (most, refused) == (2, [503] * 12)
