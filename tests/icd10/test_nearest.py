import pytest

from wardround.errors import UnknownCode

# What was asked for, what the message says of it, and what is suggested first.
UNKNOWN = [
    ("K37.9", "K37 has no such child", "K37 K38.0 K36"),
    ("M17.7", "M17 has no such child", "M17.5 M17.9"),
    ("M17.111", "M17.11 has no such child", "M17.11 M17.12 M17.10"),
    ("E11.99", "E11.9 has no such child", "E11.9"),
    ("K39.1", "no category K39", "K38.9"),
    ("I1O", "no category I1O", "I10"),
    ("E1l.9", "no category E1L", "E11.9"),
    ("024.419", "form", "O24.419"),
    ("E11..9", "form", "E11.9"),
    ("E1.19", "form", "E11.9"),
    ("e111.9", "form", "E11.9"),
    ("T36.0X1Q", "T36.0X1 takes one of the 7th characters A, D, S", "T36.0X1A T36.0X1D T36.0X1S"),
    ("W01.0X", "W01.0 must be filled with X to six characters, then one of A, D, S", "W01.0XXA W01.0XXD W01.0XXS"),
    ("W01.0A", "W01.0 must be filled with X", "W01.0XXA W01.0XXD W01.0XXS"),
    ("W01.01XA", "W01.0 must be filled with X", "W01.0XXA W01.0XXD W01.0XXS"),
    ("S06.1X7D", "7th characters A", "S06.1X7A"),
    ("S72.004B", "S72.00 has no such child", "S72.002B"),
    ("W01.0XXAA", "form", "W01.0XXA"),
    ("", "form", ""),
    ("A", "form", ""),
    ("banana", "form", ""),
    ("E11.9 and I10", "form", ""),
    ("\0\ud800", "form", ""),
]


@pytest.mark.parametrize(("asked", "says", "first"), UNKNOWN)
def test_nearest(codes, asked, says, first):
    with pytest.raises(UnknownCode, match=says) as caught:
        codes.code(asked)
    nearest = caught.value.nearest
    assert nearest[: len(first.split())] == tuple(first.split())
    assert len(nearest) <= 5
    assert not nearest or first
    assert len(nearest) == len(set(nearest))
    assert all(map(codes.billable, nearest))


def test_text_that_is_no_code_is_not_repeated(codes):
    with pytest.raises(UnknownCode) as caught:
        codes.code("Jane Roe, born 1950")
    assert "Jane" not in str(caught.value)
