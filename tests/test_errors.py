"""The tree of errors, as its module draws it, and what an error says."""

from __future__ import annotations

import pickle

import pytest

from wardround import errors
from wardround.errors import InputError, NoteError, UnknownCode, UnknownRelease, WardroundError

NAMES = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (WardroundError("the note is empty"), "the note is empty"),
        (NoteError("the note is empty", where="a.txt"), "a.txt: the note is empty"),
        (NoteError("the note is empty", hint="write one"), "the note is empty (write one)"),
        (InputError("no such file", where="a.txt", hint="check it"), "a.txt: no such file (check it)"),
    ],
)
def test_what_an_error_says(error: WardroundError, text: str) -> None:
    assert str(error) == text


def test_every_error_is_exported_and_of_one_tree() -> None:
    named = {getattr(errors, name) for name in NAMES}
    defined = {
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert named == defined
    assert all(issubclass(error, WardroundError) for error in named)
    assert not any(error.retryable for error in named)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Each line of the drawing is one class, indented by four more columns than its base."""
    drawn: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.lstrip(" │├└─").split(" ")[0]
        if name in NAMES:
            drawn.append((line.index(name), name))
    assert sorted(name for _, name in drawn) == sorted(NAMES)
    for number, (column, name) in enumerate(drawn[1:], 1):
        base = next(other for place, other in reversed(drawn[:number]) if place == column - 4)
        assert getattr(errors, name).__base__ is getattr(errors, base)


def test_an_unknown_code_carries_the_nearest() -> None:
    error = UnknownCode("no such code", code="K37.9", nearest=["K37", "K36"], where="K37.9")
    assert (error.code, error.nearest, error.where) == ("K37.9", ("K37", "K36"), "K37.9")


def test_a_caller_catches_by_what_went_wrong() -> None:
    with pytest.raises(errors.CodeSetError):
        raise UnknownRelease("no installed release covers 2031-01-01")


def test_an_error_survives_the_way_between_processes() -> None:
    error = NoteError("the note is empty", where="a.txt", hint="write one")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (NoteError, str(error))


def test_an_unknown_code_survives_the_way_between_processes() -> None:
    error = UnknownCode("no such code", code="K37.9", nearest=["K37"])
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.nearest) == ("K37.9", ("K37",))
