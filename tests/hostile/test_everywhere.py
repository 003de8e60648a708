"""Every page that anybody reaches in a place where everything was used: forged addresses and values, scripts."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import enrs
from enrs.core.workflow.registry import register, register_board
from tests.core.workflow.given import BOARD, WORKFLOW
from tests.hostile.crawl import MARK, Crawl, Form, view_name, what_runs
from tests.hostile.forging import forge, order, written_by
from tests.hostile.lived_in import LivedIn, lived_in
from tests.hostile.pages import pages, trusted
from tests.hostile.world import tables, undone


@dataclass
class Everywhere:
    """The place, and the way of each of its people through the program."""

    place: LivedIn
    crawls: dict[str, Crawl]

    def forms(self) -> Iterator[tuple[str, Form]]:
        """Each form once, with somebody who may see it."""
        seen: set[tuple[str, ...]] = set()
        for who, crawl in self.crawls.items():
            fresh = [one for key, one in crawl.forms.items() if key not in seen]
            seen |= set(crawl.forms)
            yield from ((who, one) for one in sorted(fresh, key=order))


@pytest.fixture(scope="module")
def everywhere(django_db_setup: None, django_db_blocker: Any) -> Iterator[Everywhere]:
    """Built and walked through once for the module: each test takes back what it does."""
    register(WORKFLOW)
    register_board(BOARD)
    with django_db_blocker.unblock(), undone():
        place = lived_in()
        yield Everywhere(place, walked(place))


def walked(place: LivedIn, *, is_again: bool = False) -> dict[str, Crawl]:
    """Everybody's way; the second time without those whose pages others see too."""
    crawls = {}
    for who, person in place.people.items():
        if is_again and not person.reads_again:
            continue
        crawls[who] = Crawl(place.browser(who), person.within)
        crawls[who].walk(*person.starts)
    return crawls


def failed(crawls: dict[str, Crawl]) -> list[str]:
    """Pages that are an error of ours."""
    return [
        f"{who} {path}: {one.status_code}"
        for who, crawl in crawls.items()
        for path, one in crawl.pages.items()
        if one.status_code >= 500
    ]


def asked_names() -> set[str]:
    """Every name that some view reads in an address."""
    found: set[str] = set()
    for path in Path(enrs.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""GET(?:\.get\(|\.getlist\(|\[)"([a-z_]+)""", text))
        found |= set(re.findall(r"""Filter\("([a-z_]+)""", text))
    return found


ODD = (
    "²", "9" * 5000, "-1", "x" * 3000, "0~nan~x", "1~1e999~00000000-0000-0000-0000-000000000000", "1~2~3~4",
    "9999-99-99", "99999-W99", "2026-W54", "0001-01-01T00:00:00+23:59_x", "9999-12-31T23:59:59.999999+00:00",
    "20261128T120000000000Z_x", "' or 1=1 --", "%", "_", "a & | ! (", "\ud7ff\ufffe", "../..", "{{7919*7907}}",
)  # fmt: skip
"""What follows the sign of a name in an address: nothing that a page wrote."""
STEP = 10
"""Each page is tried with one odd value in so many; together they try them all."""


def test_what_an_address_asks_is_answered_or_ignored(everywhere: Everywhere) -> None:
    names, faults, seen = sorted(asked_names()), [], set()
    assert {"avant", "apres", "q", "etat"} <= set(names)
    for who, crawl in everywhere.crawls.items():
        for path, page in crawl.pages.items():
            view = view_name(path)
            if page.status_code != 200 or view in seen:
                continue
            seen.add(view)
            for odd in ODD[len(seen) % STEP :: STEP]:
                with undone():
                    answer = crawl.client.get(path.partition("?")[0], dict.fromkeys(names, odd))
                if answer.status_code >= 500:
                    faults.append(f"{who} {path}: {answer.status_code} for {odd[:30]!r}")
    assert len(seen) > 160
    assert not faults, "\n" + "\n".join(faults)


def test_what_no_page_offers_is_refused(everywhere: Everywhere) -> None:
    faults, count = failed(everywhere.crawls), 0
    for who, form in everywhere.forms():
        if view_name(form.action) == "account_logout":
            continue
        for one in forge(everywhere.crawls[who].client, form):
            count += 1
            faults += [f"{who} {form.method} {one}"] if one else []
    assert count > 600
    assert not faults, "\n" + "\n".join(faults)


UNREACHED = {
    "agenda:open": "no field of text",
    "beds:attach": "no field of text",
    "circles:close_mandate": "no field of text",
    "circles:open_mandate": "no field of text",
    "coordination:send": "no field of text",
    "health_plan:begin": "a plan is open here; the wishes that it begins with are written again on plans:header",
    "plans:send": "no field of text",
    "vaccination:ask_again": "no field of text",
    "vaccination:attest": "no field of text",
    "vaccination:prescribe": "no field of text",
    "vaccination:prescribe_exception": "no dose here is refused to a doctor; its reason is read in test_exceptions.py",
    "vaccination:tell": "no field of text",
    "gateway:resend": "no field of text",
    "home_support:cover": "no field of text",
    "home_support:not_home": "no field of text",
    "home_support:take_needs": "no field of text",
    "identity:erase_probe": "no field of text",
    "identity:probes": "no field of text, but a file, whose cells no page shows",
    "identity:active_give_up": "no field of text",
    "identity:active_start": "no field of text",
    "identity:active_stop": "no import is under way here",
    "identity:unit_rejoin": "no identity here was parted; its reason is read in test_desk.py",
    "identity:work_quarantine": "nobody's traits are in quarantine here; tried in test_overlays.py",
    "identity:work_settle": "the region of the tests has one person decide; tried in test_desk.py",
    "identity:work_withdraw": "the region of the tests has one person decide; tried in test_four_eyes.py",
    "identity:work_undo": "nothing was decided here; its reason is read in test_desk.py",
    "social_assessment:send": "no field of text",
    "notifications:key_end": "no field of text",
    "portal:opening": "no field of text",
    "portal:own_number": "no field of text",
    "record:intake_cancel": "no field of text",
    "notifications:mobile": "the field is there once a number waits for its code: six digits are read",
    "questionnaires:trial": "no field of text",
    "record:document_disclose": "no field of text",
    "record:document_publish": "no field of text",
    "record:document_show": "no field of text",
    "record:document_withhold": "no document here is its reader's to hide; its reason is read in test_masking.py",
    "record:inbox_seen": "no field of text",
    "offer:show_vocabulary": "no field of text",
    "offer:undo_vocabulary": "no field of text",
    "record:no_allergy": "no field of text",
    "record:produce_one": "nobody of this place makes documents; what is written is read in test_producing.py",
    "record:document_withdraw": "nobody of this place makes documents; its reason is read in test_publishing.py",
    "record:prescription_start": "no field of text",
    "record:prescription_renew": "no field of text",
    "record:prescription_correct": "no field of text",
    "record:prescription_drop": "no field of text",
    "record:prescription_line_remove": "no field of text",
    "record:prescription_take": "no field of text",
    "record:prescription_line_add": "nobody of this place prescribes; read in test_prescribing_pages.py",
    "record:prescription_line": "nobody of this place prescribes; read in test_prescribing_pages.py",
    "record:produce_about": "no field of text",
    "record:prescription_sign": "nobody of this place prescribes; read in test_prescribing_pages.py",
    "record:prescription_cancel": "nobody of this place prescribes; read in test_prescribing_pages.py",
    "record:publication_replay": "no field of text",
    "rosters:end_absence": "no field of text",
    "threads:withdraw": "no field of text",
    "workflow:drop_view": "no field of text",
}
"""Pages of the table that nobody of this place meets, and why it matters not."""


TOLD_APART = {one for one in trusted if one.startswith(("portal:", "offer:"))}
"""Pages that need no case of the table, since they are for who has no account or holds a link, and are met here."""


KEPT = {
    "account_application", "beds_feed_file", "beds_refused_line", "beds_request", "beds_reservation", "beds_unit",
    "directory_mistake", "form_answer", "geography_territory", "note", "offer_healthcare_service", "offer_search",
    "plan", "portal_announcement", "portal_closing", "portal_enrolment", "portal_factor_help", "portal_invitation",
    "portal_local_person", "portal_post", "rights_glass_act", "rights_request", "roster", "task_step", "thread_message",
}  # fmt: skip
"""Tables in which something of what was written must stand, or what is read again shows nothing."""


def test_what_is_written_is_never_run(everywhere: Everywhere) -> None:
    with undone():
        faults, done = write_everywhere(everywhere)
        again = walked(everywhere.place, is_again=True)
        unmarked = KEPT - marked()
    faults += failed(again)
    kinds: Counter[str] = Counter()
    for who, crawl in again.items():
        for path, page in crawl.pages.items():
            kinds[page.headers.get("Content-Type", "").partition(";")[0]] += 1
            faults += [f"{who} {path}: {one}" for one in what_runs(page)]
    assert not faults, "\n" + "\n".join(faults)
    assert not unmarked
    assert kinds["text/csv"] > 2, kinds
    assert kinds["application/pdf"] > 3, kinds
    assert {*pages, *TOLD_APART} - done == set(UNREACHED)


def marked() -> set[str]:
    """The tables in which something of what was written is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            " union all ".join(
                f"select '{name}' where exists (select from \"{name}\" t where t::text like '%{MARK}%')"
                for name in tables()
            )
        )
        return {name for (name,) in cursor.fetchall()}


def write_everywhere(everywhere: Everywhere) -> tuple[list[str], set[str]]:
    """Scripts in every form: what ran or failed, and the names of the pages that were written to."""
    faults, done, kept = [], [], 0
    for who, form in everywhere.forms():
        answer = written_by(everywhere.place.browser(who), form)
        done.append(view_name(form.action))
        kept += answer.status_code < 400
        at = f"{who} {form.method} {form.action} ({answer.status_code})"
        faults += [f"{at}: {one}" for one in what_runs(answer)]
        if answer.status_code >= 500:
            faults.append(f"{at}: failed")
    assert kept > 0.85 * len(done), f"{kept} of {len(done)} forms were taken"
    return faults, set(done)
