"""Whether a note is in English, from its function words."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from wardround.words import fold

if TYPE_CHECKING:
    from wardround.words import Words

__all__ = ["is_english"]

_ENGLISH = "en"
_FUNCTION_WORDS = {
    _ENGLISH: "the of and with was is for she patient to on at by are has had this that were be have from which who "
    "denies history normal pain daily left right day his her not been will up follow an or",
    "es": "el la los las del que con por para una se es su al lo como fue dolor paciente sin presenta años izquierda "
    "derecha en tratamiento y muy pero esta ha desde no",
    "fr": "le la les des du et une est dans pour avec par sur au aux qui ce cette patiente sans ans elle il droite "
    "gauche douleur depuis pas traitement a été chez",
    "de": "der die das und ist von mit den dem des ein eine einer nicht im zu auf für bei nach wurde seit keine kein "
    "patientin schmerzen links rechts sich wird es zum zur am ohne",
    "pt": "o os da do das dos em um uma com para não que na no nas por ao paciente sem foi dor anos esquerda direita e "
    "há apresenta mais",
    "it": "il lo gli di che con per una del della dei nel nella è non paziente da al alla dolore anni sinistra destra "
    "senza si sono ha e",
    "nl": "de het een van en met voor niet is op bij zijn aan door geen patiënt naar te werd sinds pijn links rechts",
    "pl": "i w na z do nie się jest od oraz po lat bez przez u ból pacjent pacjentka lewej prawej",
    "sv": "och att det som en på av för med till den har inte om ett patienten smärta vänster höger utan från",
}
_ENOUGH = 4  # function words of another language before it can win
_SAMPLE_WORDS = 1_500
_SAMPLE_CHARACTERS = 1_000
_LAST_LATIN = "\u036f"  # beyond it other scripts begin; punctuation there is no letter


@cache
def _languages() -> dict[str, tuple[str, ...]]:
    """The languages that have a word as a function word, by folded word."""
    # Without single letters: a word split by invisible characters is a row of them.
    of_word: dict[str, tuple[str, ...]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in {fold(word) for word in words.split()}:
            if len(word) > 1:
                of_word[word] = (*of_word.get(word, ()), language)
    return of_word


def is_english(text: str, words: Words) -> bool:
    """True unless another language or another script clearly wins; a telegraphic note counts as English.

    >>> from wardround.words import cut
    >>> is_english(note := "Dolor de la rodilla desde hace dos días, sin fiebre.", cut(note))
    False
    """
    sample = text[:_SAMPLE_CHARACTERS]
    beyond_latin_1 = len(sample) - len(sample.encode("latin-1", "ignore"))
    if beyond_latin_1 * 3 > len(sample) and sum(c > _LAST_LATIN and c.isalpha() for c in sample) * 3 > len(sample):
        return False  # another script
    languages = _languages()
    scores = dict.fromkeys(_FUNCTION_WORDS, 0)
    for word, count in Counter(filter(languages.__contains__, words.folded[:_SAMPLE_WORDS])).items():
        for language in languages[word]:
            scores[language] += count
    english = scores.pop(_ENGLISH)
    best = max(scores.values())
    return best < _ENOUGH or best <= english * 1.5
