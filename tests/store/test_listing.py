"""Lists of many cases hold what they should, whatever the filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store import listing

if TYPE_CHECKING:
    from wardround.store.store import Store


def wanted(row: dict[str, Any], chosen: dict[str, Any]) -> bool:
    """Whether the filters let this case through, told without a database."""
    return (
        (row["status"] == chosen["status"] if "status" in chosen else row["status"] != "deleted")
        and row["job_state"] == chosen.get("job", row["job_state"])
        and row["kind"] == chosen.get("kind", row["kind"])
        and (row["assignee"] or "") == chosen.get("assignee", row["assignee"] or "")
        and any(row[name].startswith(chosen.get("search", "")) for name in ("id", "external_id"))
        and ("after" not in chosen or row["created"].isoformat() < chosen["after"].partition("/")[0])
    )


def test_every_list_is_complete_and_in_order(store: Store) -> None:
    user, rows = listing.fill(store, 1500)
    for chosen in listing.filters(user):
        expected = [row["id"] for row in rows if wanted(row, chosen)]
        seen: list[str] = []
        arguments = {"limit": 500} | chosen
        for _ in range(len(rows) // 500 + 1):
            page = store.cases(listing.ACTOR, **arguments)
            seen += [case.id for case in page.cases]
            if not page.after:
                break
            arguments["after"] = page.after
        assert seen == expected, chosen
    counted = store.count()
    assert sum(counted.values()) == len(rows)
    assert counted == {status: sum(row["status"] == status for row in rows) for status in counted}


def test_a_list_can_be_gone_through_backwards(store: Store) -> None:
    listing.fill(store, 350)
    there = [store.cases(listing.ACTOR, limit=100)]
    while there[-1].after:
        there.append(store.cases(listing.ACTOR, limit=100, after=there[-1].after))
    back = [there[-1]]
    while back[-1].before:
        back.append(store.cases(listing.ACTOR, limit=100, before=back[-1].before))
    assert len(there) > 2
    assert [page.cases for page in reversed(back)] == [page.cases for page in there]
    assert (there[0].before, back[-1].after) == ("", there[0].after)
