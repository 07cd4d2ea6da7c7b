"""What a coding rule is.

A rule works in two places. `Rule.apply` has the whole note: it resolves what the note settles (adds the partner of a
pair, replaces two codes by their combination, turns a code down) and drafts a question for the provider where the note
does not. `Rule.check` has a bare list of codes, of a person or of any program, and says what is wrong with it. The
coder applies all rules and then checks its own list with all of them, so a rule that needs no note is only a `check`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import ClassVar

from wardround.coding.draft import Draft
from wardround.coding.result import Encounter, Finding, Setting, Severity
from wardround.coding.rules.listed import CodeList
from wardround.icd10 import Release

__all__ = ["Rule"]


class Rule:
    """One rule of the classification or the guidelines. Has no state; shared between threads.

    Its table of cases stands in ``cases/<name>.tsv``; its docstring is its page in the documentation.

    Attributes:
        name: short, lower case, with hyphens; stands in every finding.
        section: of the ICD-10-CM Official Guidelines, such as ``I.B.5``; of the Medicare Code Editor, such as
            ``MCE 4``, for an edit of its own.
        title: what it demands, in one line.
        severity: the strongest that its findings have.
        prefixes: `check` is only asked about lists with a code that starts with one of them; empty: about every list,
            unless `concerns` says otherwise.
        settings: of the encounters it applies to.
        since, until: first and last day of the releases it applies to; None without such a limit.
    """

    name: ClassVar[str]
    section: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    prefixes: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[frozenset[Setting]] = frozenset({"outpatient", "inpatient"})
    since: ClassVar[datetime.date | None] = None
    until: ClassVar[datetime.date | None] = None

    def applies(self, encounter: Encounter, release: Release) -> bool:
        """Whether the rule holds for encounters of this setting, coded in this release."""
        return (
            encounter.setting in self.settings
            and (self.since is None or self.since <= release.valid_from)
            and (self.until is None or release.valid_from <= self.until)
        )

    def concerns(self, category: str) -> bool:
        """Whether `check` may have something to say of a list because a code of this category is in it.

        It is asked once for each category, and a list of which no code concerns the rule is not checked. A rule that
        looks at what is no code of the release leaves this as it is.
        """
        return any(prefix[:3] == category[: len(prefix)] for prefix in self.prefixes) or not self.prefixes

    def apply(self, draft: Draft) -> None:
        """Work on the draft in place.

        Must not depend on anything but the draft, and never lose a proposal silently: it is turned down, not removed.
        """

    def check(self, listed: CodeList) -> Iterable[Finding]:
        """What is wrong with a list of codes, the codes of each finding in the order of the list."""
        return ()

    def finding(self, severity: Severity, codes: Iterable[str], message: str, *, section: str | None = None) -> Finding:
        """One finding of this rule."""
        return Finding(
            rule=self.name,
            section=self.section if section is None else section,
            severity=severity,
            codes=tuple(codes),
            message=message,
        )
