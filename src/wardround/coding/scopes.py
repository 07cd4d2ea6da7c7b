"""What is coded of all that a note mentions: the encounter, or everything.

The encounter's codes are those of the problems that the clinician assessed; where none are listed those of the
assessment's prose, and where there is no assessment those of the complaint and the narrative (Guidelines III, IV.J).
Everything else that the note mentions is kept as turned down, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wardround.coding.calibration import Acceptance
from wardround.coding.confidence import repeated
from wardround.coding.draft import Basis, Draft, Mention, Proposal
from wardround.coding.external import circumstances
from wardround.coding.mentions import mentions_of
from wardround.coding.overlooked import Overlooked, overlooked
from wardround.coding.propose import Proposer
from wardround.coding.rules import CodeList, applied, check
from wardround.coding.rules.integral_symptoms import IntegralSymptoms, is_integral, symptoms_of
from wardround.coding.rules.level_of_detail import LevelOfDetail
from wardround.coding.rules.manifestation import is_manifestation
from wardround.coding.rules.personal_history import is_lasting
from wardround.coding.rules.stated_as_present import UNSTATED, why_unstated
from wardround.coding.rules.unacceptable_principal import may_be_principal
from wardround.coding.rules.uncertain_diagnosis import UncertainDiagnosis
from wardround.coding.sequence import in_sequence
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import AssertionStatus

__all__ = ["bases_coded", "encounter_scope", "mentions_scope"]

_OVERLOOKED = {
    Overlooked.INSIDE: "its words are part of a longer term",
    Overlooked.APART: "its words stand in one sentence, but not together",
}
_TOLD = frozenset({Basis.COMPLAINT, Basis.NARRATIVE})
_SYMPTOMS = ("R", "G89", "H57.1", "H92.0", "M25.5", "M25.6", "M54", "M79.6", "N64.4")  # pain of a part is outside R
_SYMPTOM_CONFIDENCE = 0.65  # of a symptom coded in place of an uncertain diagnosis


def encounter_scope(
    draft: Draft,
    proposer: Proposer,
    vocabulary: Vocabulary,
    acceptance: Acceptance,
    speak: Callable[[Draft], None] | None = None,
    *,
    rejected: bool = True,
) -> None:
    """Fill the draft with what this visit assessed or treated, in sequence, and with what was turned down.

    Args:
        draft: with the mentions of the note.
        proposer: proposes their codes.
        vocabulary: of the release.
        acceptance: says which codes ask for no second look.
        speak: changes the draft as the habits of a site would have it, before it is put in sequence and checked.
        rejected: whether what the note mentions elsewhere is wanted too, as turned down; a site is shown it always.
    """
    wanted = bases_coded(draft.mentions, inpatient=draft.encounter.setting == "inpatient")
    others = [mention for mention in draft.mentions if mention.basis not in wanted]
    draft.proposals = proposer.propose((m for m in draft.mentions if m.basis in wanted), with_context=True)
    for rule in applied(draft.encounter.setting, draft.codes.release):
        rule.apply(draft)
    draft.proposals = [proposal for proposal in draft.proposals if draft.codes.billable(proposal.code)]
    _symptoms_of_uncertain(draft, others, proposer)
    circumstances(draft, vocabulary)
    if speak is not None:
        _add_turned_down(draft, others, proposer)
        speak(draft)
    draft.proposals = in_sequence(draft)
    _ask_for_review(draft, acceptance)
    _check(draft)
    if speak is None and rejected:
        _add_turned_down(draft, others, proposer)


def _add_turned_down(draft: Draft, others: Sequence[Mention], proposer: Proposer) -> None:
    """Add what stands where nothing is coded, with the reason."""
    have = {proposal.code for proposal in draft.proposals}
    for proposal in proposer.propose(others, with_context=False):
        if proposal.code not in have:
            _turn_down(draft, proposal)
            draft.proposals.append(proposal)


def mentions_scope(
    draft: Draft,
    proposer: Proposer,
    weights: Mapping[str, float],
    acceptance: Acceptance,
    speak: Callable[[Draft], None] | None = None,
) -> None:
    """Fill the draft with a code for every mention, whatever its assertion, in the order of the note.

    Args:
        draft: with the mentions of the note.
        proposer: proposes their codes.
        weights: of what speaks for a code or against it, in log odds.
        acceptance: says which codes ask for no second look.
        speak: changes the draft as the habits of a site would have it.
    """
    draft.proposals = proposer.propose(draft.mentions, with_context=False)
    for proposal in draft.proposals:
        proposal.confidence = repeated(proposal, weights)
    if speak is not None:
        _offer_overlooked(draft, proposer)
        speak(draft)
    draft.proposals.sort(key=lambda proposal: proposal.place)
    _ask_for_review(draft, acceptance)


def _offer_overlooked(draft: Draft, proposer: Proposer) -> None:
    """Offer, as turned down, what lies inside the finds of the note or is said in pieces; a site knows its worth."""
    for why, finds in overlooked(draft.stream, draft.stream.vocabulary, [m.found for m in draft.mentions]).items():
        have = {proposal.code for proposal in draft.proposals}
        fresh = [
            found for found in finds if not (found.term.target in have and draft.codes.billable(found.term.target))
        ]
        for proposal in proposer.propose(mentions_of(draft.stream, draft.assertions, fresh), with_context=False):
            if proposal.code not in have:
                proposal.reject(why, "", _OVERLOOKED[why])
                draft.proposals.append(proposal)


def _check(draft: Draft) -> None:
    """Read the finished list as a linter would: what it finds goes to the codes, and a person decides."""
    kept = list(draft.alive())
    by_code = {proposal.code: proposal for proposal in kept}
    listed = CodeList(draft.codes, [proposal.code for proposal in kept], draft.encounter, draft.unrelated)
    for finding in check(listed):
        for code in finding.codes:
            proposal = by_code[code]
            if finding.severity == "info":
                proposal.findings.append(finding)
            else:
                proposal.findings.append(finding.model_copy(update={"severity": "review"}))
                proposal.status = "review"
    _need_a_principal(draft)


def _need_a_principal(draft: Draft) -> None:
    """What may not come first is not accepted while all that could come before it is for review."""
    for proposal in draft.alive():
        if proposal.status != "accepted":
            continue
        code = proposal.code
        if code[0] not in "VWXY" and may_be_principal(code) and not is_manifestation(draft.codes.title(code)):
            return
        proposal.doubt("principal-diagnosis", "II", "cannot come first, and what would come before it is for review")


def _ask_for_review(draft: Draft, acceptance: Acceptance) -> None:
    for proposal in draft.proposals:
        if proposal.status == "accepted" and not acceptance.accepts(proposal.confidence):
            proposal.status = "review"


def bases_coded(mentions: Sequence[Mention], *, inpatient: bool) -> frozenset[Basis]:
    """The kinds of place whose mentions are coded; the strongest that the note has."""
    stated = {mention.basis for mention in mentions if mention.status not in UNSTATED - {AssertionStatus.HISTORICAL}}
    history = frozenset({Basis.PAST}) if inpatient else frozenset()
    for basis in (Basis.PROBLEM, Basis.ASSESSMENT):
        if basis in stated:
            return history | {basis}
    return _TOLD | {Basis.ASSESSMENT, Basis.PAST}


def _symptoms_of_uncertain(draft: Draft, others: Sequence[Mention], proposer: Proposer) -> None:
    """Where an uncertain diagnosis was turned down, code the symptoms that it was to explain (IV.D, IV.H)."""
    uncertain = [
        proposal
        for proposal in draft.proposals
        if any(f.rule == UncertainDiagnosis.name and f.severity == "reject" for f in proposal.findings)
    ]
    if not uncertain:
        return
    expected = tuple({prefix for proposal in uncertain for prefix in symptoms_of(proposal.code)})
    have = {proposal.code for proposal in draft.proposals}
    told = (m for m in others if m.basis in _TOLD and m.status is AssertionStatus.PRESENT)
    for proposal in proposer.propose(told, with_context=False):
        complaint = proposal.code.startswith(_SYMPTOMS) and any(m.basis is Basis.COMPLAINT for m in proposal.mentions)
        if proposal.code not in have and (complaint or proposal.code.startswith(expected)):
            proposal.remark("symptom-of-uncertain", "IV.H", f"coded instead of the uncertain {uncertain[0].code}")
            proposal.confidence = _SYMPTOM_CONFIDENCE
            draft.proposals.append(proposal)
    LevelOfDetail().apply(draft)
    IntegralSymptoms().apply(draft)


def _turn_down(draft: Draft, proposal: Proposal) -> None:
    """Say why a mention outside the assessment gives no code."""
    statuses = {mention.status for mention in proposal.mentions}
    if statuses <= UNSTATED:
        proposal.reject("stated-as-present", *why_unstated(proposal.mentions[0].status))
        return
    for diagnosis in draft.alive():
        if is_integral(draft.codes, proposal.code, diagnosis.code):
            proposal.reject(IntegralSymptoms.name, IntegralSymptoms.section, f"integral to {diagnosis.code}")
            return
    if is_lasting(proposal.code):
        proposal.reject(
            "not-assessed", "IV.J", "a lasting condition, not assessed here: code it if it affected this visit"
        )
    else:
        proposal.reject("not-assessed", "IV.J", "mentioned, but not assessed or treated at this encounter")
