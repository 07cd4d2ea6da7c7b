"""The verbs of a store by which people review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from wardround.errors import InputError
from wardround.store import reviews, users
from wardround.store.audit import Entry
from wardround.store.audited import told
from wardround.store.figures import signed_reviews
from wardround.store.schema import PropertyRow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterator, Mapping

    from wardround.store.audited import Audited
    from wardround.store.packing import Packer
    from wardround.store.records import Actor, Reading, Review, Reviewed, Verb

__all__ = ["Reviewing"]


class Reviewing:
    """What a `Store` does with reviews.

    One line of reviews holds, each taking the place of the one before: the first reading, its amendments, an
    adjudication; the status of the case is that of the last of them. A second reading by somebody else stands beside it
    and never holds. Verbs that take a ``round`` mean, without one, the open round, or the acting user's own if several
    are open.
    """

    _audited: Audited
    _packer: Packer

    def begin_review(
        self,
        actor: Actor,
        case: str,
        result: int,
        *,
        reading: Reading = "first",
        blind: bool = False,
        reader: str = "",
    ) -> Review:
        """Open a reading of a result, or give the one of it that is open. Audited: create.

        A second reading may begin once there is a first one, open or signed, by somebody who took no part in that. An
        adjudication takes both to be signed, and holds from then on.

        Args:
            actor: who acts.
            case: its id.
            result: number of the result that is reviewed.
            reading: ``first``, ``second`` or ``adjudication``.
            blind: without the suggestions, until `reveal`.
            reader: id of the user whose reading it is; by default whoever acts.

        Raises:
            InputError: there is no such reading.
            UnknownRecord: there is no such case, result or user.
            StoreConflict: another result is under review, the reading is signed or cannot begin yet, the actor made the
                first one, or the case is deleted.
        """
        details: dict[str, object] = {"result": result, "reading": told(reading)}
        entry = Entry(actor=actor, action="create", kind="review", resource=case, details=details)
        if blind:
            entry.details["blind"] = True
        if reader:
            entry.details["reader"] = told(reader)
        with self._audited.acting(entry) as session:
            by = users.found(session, reader).id if reader else actor.id
            review = reviews.begin(session, self._packer, case, result, by, reading=reading, blind=blind)
            entry.details["round"] = review.round
            return review

    def withdraw_reading(self, actor: Actor, case: str, round: int, *, reader: str = "") -> None:
        """Take back an open second reading, with what was decided in it; or give it to somebody else. Audited: delete.

        Args:
            actor: who acts.
            case: its id.
            round: of the second reading.
            reader: id of the user who is asked instead, and begins anew.

        Raises:
            UnknownRecord: there is no such case, review or user.
            StoreConflict: the review is signed, or no second reading; the reader has it already, or took part in the
                first one; or the case is deleted.
        """
        entry = Entry(actor=actor, action="delete", kind="review", resource=case, details={"round": round})
        if reader:
            entry.details["reader"] = told(reader)
        with self._audited.acting(entry) as session:
            to = users.found(session, reader).id if reader else ""
            was, decisions = reviews.withdraw(session, self._packer, case, round, to)
            entry.details |= {"reading": was.reading, "opened_by": was.opened_by, "decisions": decisions}

    def review(self, actor: Actor, case: str, round: int | None = None) -> Review:
        """A round of the review of a case; without ``round`` the one that holds, or is to. Audited: read.

        Raises:
            UnknownRecord: there is no such case or review.
            StoreConflict: the case is deleted.
        """
        with self._audited.acting(Entry(actor=actor, action="read", kind="review", resource=case)) as session:
            return reviews.review(session, self._packer, case, round)

    def reviews(self, actor: Actor, case: str) -> tuple[Review, ...]:
        """All rounds of a case, in order. Audited: read.

        Raises:
            UnknownRecord: there is no such case.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="read", kind="review", resource=case)
        with self._audited.acting(entry) as session:
            rounds = reviews.reviews(session, self._packer, case)
            entry.details["rounds"] = len(rounds)
            return rounds

    def readings(self, cases: Collection[str]) -> dict[str, tuple[Review, ...]]:
        """The rounds of some cases, without decisions and reasons; nothing of a case that has none. Not audited."""
        with self._audited.database.reading() as session:
            return reviews.readings(session, cases)

    def decide(
        self,
        actor: Actor,
        case: str,
        item: str,
        verb: Verb,
        *,
        version: int,
        value: Mapping[str, object] | None = None,
        reason: str = "",
        round: int | None = None,
    ) -> Review:
        """Decide one item of an open review. Audited: update, with the item and the verb.

        Args:
            actor: who acts.
            case: its id.
            item: a code, the id of a finding, a span: letters, digits and ``. : / [ ] # -``.
            verb: accept, reject, change, add, mark, or withdraw for what was decided before.
            version: of the review as it was seen.
            value: what the item is changed to, what is added, or what a span is marked as.
            reason: in the person's words; kept with the decision, not in the audit trail.
            round: of the review.

        Raises:
            InputError: a value cannot be kept.
            UnknownRecord: there is no such case or review.
            StoreConflict: the review is signed, somebody else decided since ``version``, several readings are open, or
                the actor makes the other reading.
        """
        details: dict[str, object] = {"item": told(item), "verb": told(verb)}
        entry = Entry(actor=actor, action="update", kind="review", resource=case, details=details)
        with self._audited.acting(entry) as session:
            review = reviews.decide(
                session,
                self._packer,
                case,
                item=item,
                verb=verb,
                value=value,
                reason=reason,
                version=version,
                round=round,
                by=actor.id,
            )
            entry.details["round"] = review.round
            return review

    def sign(self, actor: Actor, case: str, *, version: int, round: int | None = None) -> Review:
        """Sign an open review, which is never changed again. Audited: sign.

        Raises:
            UnknownRecord: there is no such case or review.
            StoreConflict: it is signed already, somebody else decided since ``version``, several readings are open, or
                the actor makes the other reading.
        """
        entry = Entry(actor=actor, action="sign", kind="review", resource=case)
        with self._audited.acting(entry) as session:
            review = reviews.sign(session, self._packer, case, version, round, actor.id)
            entry.details |= {"round": review.round, "decisions": len(review.decisions)}
            return review

    def amend(self, actor: Actor, case: str, reason: str, *, result: int | None = None) -> Review:
        """Open the next round after the signed one that holds, which stays as it is. Audited: update.

        Args:
            actor: who acts.
            case: its id.
            reason: in the person's words; kept with the review, not in the audit trail.
            result: to be reviewed instead of the one that was signed; the round then begins without decisions.

        Raises:
            InputError: there is no reason, or it is too long.
            UnknownRecord: there is no such case or result.
            StoreConflict: nothing is signed, or an amendment is open.
        """
        entry = Entry(actor=actor, action="update", kind="review", resource=case)
        with self._audited.acting(entry) as session:
            review = reviews.amend(session, self._packer, case, reason, result, actor.id)
            entry.details["round"] = review.round
            return review

    def reveal(self, actor: Actor, case: str, round: int) -> Review:
        """Note that a blind review has its suggestions shown from now on; else it stays as it is. Audited: update.

        Raises:
            UnknownRecord: there is no such case or review.
            StoreConflict: the review is signed.
        """
        details: dict[str, object] = {"round": round, "revealed": True}
        entry = Entry(actor=actor, action="update", kind="review", resource=case, details=details)
        with self._audited.acting(entry) as session:
            return reviews.reveal(session, self._packer, case, round)

    def worked(self, actor: Actor, case: str, round: int, seconds: float) -> None:
        """Add to the time that its reader worked on an open review; that of others does not count.

        Not audited: it is no patient data, and told often.

        Raises:
            InputError: it is no time, or more than a day.
            UnknownRecord: there is no such case or review.
            StoreConflict: the case is deleted.
        """
        with self._audited.database.writing(lasting=False) as session:
            reviews.worked(session, case, round, seconds, actor.id)

    def figures(
        self, since: datetime.datetime | None = None, until: datetime.datetime | None = None
    ) -> Iterator[Reviewed]:
        """How people decided: each signed review of cases that are there, the oldest signature first. Not audited.

        Args:
            since: from this time on.
            until: before this time.
        """
        return signed_reviews(self._audited.database, self._packer, since, until)

    def blind_share(self) -> int:
        """Of how many cases in a hundred the review is to begin without the suggestions. Not audited."""
        with self._audited.database.reading() as session:
            return int(session.scalar(select(PropertyRow.value).where(PropertyRow.name == "blind_share")) or 0)

    def set_blind_share(self, actor: Actor, percent: int) -> None:
        """Of how many cases in a hundred the review is to begin without the suggestions. Audited: update.

        Raises:
            InputError: it is not 0 to 100.
        """
        if not 0 <= percent <= 100:
            raise InputError("a share is 0 to 100 percent", where="blind_percent")
        entry = Entry(actor=actor, action="update", kind="store", details={"blind_percent": percent})
        with self._audited.acting(entry, exclusive=True) as session:
            session.merge(PropertyRow(name="blind_share", value=str(percent)))
