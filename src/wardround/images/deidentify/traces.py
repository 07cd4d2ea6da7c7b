"""What would give the patient away, and whether a text holds any of it."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from wardround.images.deidentify.elements import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom import Dataset

__all__ = ["Traces", "traces_of"]

_SHORTEST = 3  # letters of a name that are looked for; shorter ones stand in half of all words
_ANYWHERE = 6  # characters from which one is looked for inside of words too
_IN_BYTES = 6  # characters from which one is looked for in what is no text

_WHOLE = frozenset(
    """
    PatientID OtherPatientIDs AccessionNumber StudyID MedicalRecordLocator AdmissionID ServiceEpisodeID
    InsurancePlanIdentification PatientAddress PatientTelephoneNumbers PatientTelecomInformation RegionOfResidence
    PatientInstitutionResidence ScheduledPatientInstitutionResidence CurrentPatientLocation IssuerOfPatientID
    InstitutionName InstitutionAddress InstitutionalDepartmentName ResponsibleOrganization
    ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers PersonAddress PersonTelephoneNumbers
    StationName DeviceSerialNumber RequestedProcedureID PerformedProcedureStepID ScheduledProcedureStepID
    PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest OrderCallbackPhoneNumber
    ClinicalTrialSubjectID ClinicalTrialSubjectReadingID SpecimenAccessionNumber SpecimenIdentifier ContainerIdentifier
    PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar
    """.split()
)
_NO_NAMES = frozenset(
    """
    anon anonym anonymous anonymize anonymized anonymised deidentified patient name unknown unnamed none null test
    tester doctor doc physician phantom removed hidden private dr prof mr mrs ms md phd jr sr and the
    """.split()
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def folded(text: str) -> str:
    """``text`` for comparing: without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


class Traces:
    """Words and numbers of one patient, to be looked for.

    Args:
        words: names, word by word.
        whole: IDs, addresses and the like, each as it was written.
        dates: of birth and of the examination, ``YYYYMMDD``.
    """

    def __init__(self, words: Iterable[str], whole: Iterable[str] = (), dates: Iterable[str] = ()) -> None:
        names = {folded(word) for word in words}
        self._tokens = {name for name in names if len(name) >= _SHORTEST and name not in _NO_NAMES}
        self._tokens |= {text for text in (folded(" ".join(each.split())) for each in whole) if _telling(text)}
        self._tokens |= {form for each in set(dates) if re.fullmatch(r"\d{8}", each) for form in _forms(each)}

    def __bool__(self) -> bool:
        return bool(self._tokens)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self._tokens, key=lambda token: (-len(token), token))
        inside = [re.escape(token) for token in longest if len(token) >= _ANYWHERE and not token.isdigit()]
        apart = [rf"(?<![^\W_]){re.escape(token)}(?![^\W_])" for token in longest]
        return re.compile("|".join([*inside, *apart]) or r"(?!)")

    def __contains__(self, text: str) -> bool:
        """Whether ``text`` holds one of them."""
        return self._pattern.search(folded(" ".join(text.split()))) is not None

    def are(self, text: str) -> bool:
        """Whether ``text`` is one of them and nothing else; for values that are numbers or terms."""
        token = folded(text.strip())
        return token in self._tokens and (len(token) >= _ANYWHERE or not token.isdigit())

    def in_bytes(self, data: bytes) -> bool:
        """Whether ``data`` holds one of the longer ones, written in ASCII, UTF-8, Latin-1 or UTF-16."""
        lower = data.lower()
        for token in self._tokens:
            if len(token) >= _IN_BYTES:
                for encoding in ("utf-8", "latin-1", "utf-16-le"):
                    if token.encode(encoding, "ignore") in lower and len(token.encode(encoding, "ignore")) >= _IN_BYTES:
                        return True
        return False


def _telling(text: str) -> bool:
    """Whether a number or an address is long enough not to stand anywhere by chance."""
    return len(text) >= (5 if text.isdigit() else 4) and len(set(text)) > 1 and text not in _NO_NAMES


def _forms(day: str) -> Iterator[str]:
    """A day as people and programs write it."""
    year, month, date = day[:4], day[4:6], day[6:]
    yield day
    for mark in "-./ ":
        for form in ((year, month, date), (date, month, year), (month, date, year)):
            yield mark.join(form)
    if month.isdigit() and 1 <= int(month) <= 12:
        name = _MONTHS[int(month) - 1]
        for mark in "- ":
            yield mark.join((date, name, year))
        yield f"{name} {date}, {year}"
        yield f"{name} {date} {year}"


def traces_of(dataset: Dataset) -> Traces:
    """What gives away the patient of a DICOM object, and who looked after them: gathered from all its sequences."""
    words: list[str] = []
    whole: list[str] = []
    dates: list[str] = []
    for _, element in walk(dataset):
        values = element.value if element.VM > 1 else [element.value]
        if element.VR == "PN":
            words += [word for value in values for word in re.split(r"[\^=\s,;.\\]+", str(value))]
        elif element.keyword in _WHOLE:
            whole += [str(value) for value in values]
        elif element.VR in ("DA", "DT"):
            dates += [str(value)[:8] for value in values]
    return Traces(words, whole, dates)
