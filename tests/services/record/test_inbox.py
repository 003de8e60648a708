"""« Quoi de neuf » for all patients, favourites, views and rounds: whose they are, what they cost."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.ids import uuid7
from enrs.services.record import commands
from enrs.services.record.models import Mark, PatientList, RoundEntry
from tests.referentials.identity.factories import actor_in
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def ward(nurse: Actor, size: int, start: int = 0) -> list[UUID]:
    """Patients whom a nurse follows, each with a letter and a colleague's note: one's own is no news."""
    ids, colleague = [], actor_in("nurse", "Collègue")
    for number in range(start, start + size):
        patient_id = f.patient(f"W{number}", birth_name=f"NOM{number:03}", **f.BARE)
        f.give(patient_id, nurse)
        f.document(patient_id, title=f"Lettre {number}")
        f.give(patient_id, colleague)
        f.note(patient_id, colleague, f"Note du lit {number}")
        ids.append(patient_id)
    return ids


def read(client: Client, **asked: str) -> str:
    return client.get(reverse("record:inbox"), asked).content.decode()


def marks(page: str) -> list[str]:
    """What the page's form says was shown."""
    return re.findall(r'name="vu" form="seen" value="([^"]+)"', page)


def test_the_news_of_every_patient_meet_on_one_page(client: Client) -> None:
    nurse = actor_in("nurse")
    first, second = ward(nurse, 2)
    f.report(second)
    stranger = f.patient("S", birth_name="AILLEURS", **f.BARE)
    f.document(stranger, title="Ne pas voir")
    f.document(first, title="Masqué aux soignants", masked_from_professionals=True)
    f.signed_in(client, nurse)
    page = read(client)
    for words in ("Lettre 0", "Lettre 1", "Note du lit 1", "Bilan sanguin", "NOM000", "Non lu"):
        assert words in page
    for words in ("Ne pas voir", "AILLEURS", "Masqué aux soignants"):
        assert words not in page
    only = read(client, genre="results")
    assert "Bilan sanguin" in only
    assert "Lettre 0" not in only


def test_reading_a_record_or_the_page_lifts_the_mark(client: Client) -> None:
    nurse = actor_in("nurse")
    first, second = ward(nurse, 2)
    f.signed_in(client, nurse)
    client.get(reverse("record:summary", args=[first]))
    unread = read(client, etat="nonlu")
    assert "Lettre 0" not in unread
    assert "Lettre 1" in unread
    sent = [*marks(read(client)), f"{second}~hier", f"{second}~2026-03-12T08:00:00", "x"]
    client.post(reverse("record:inbox_seen"), {"vu": sent, "ici": "//ailleurs"})
    assert "Lettre 1" not in read(client, etat="nonlu")


def test_what_came_since_the_page_stays_unread(client: Client) -> None:
    nurse = actor_in("nurse")
    (patient_id,) = ward(nurse, 1)
    f.signed_in(client, nurse)
    shown = marks(read(client))
    assert len(shown) == 1
    f.report(patient_id)
    client.post(reverse("record:inbox_seen"), {"vu": shown})
    unread = read(client, etat="nonlu")
    assert "Bilan sanguin" in unread
    assert "Lettre 0" not in unread
    client.post(reverse("record:inbox_seen"), {"vu": marks(unread)})
    client.post(reverse("record:inbox_seen"), {"vu": shown})
    assert "Bilan sanguin" not in read(client, etat="nonlu")


def test_no_mark_reaches_what_is_still_to_come(client: Client) -> None:
    nurse = actor_in("nurse")
    (patient_id,) = ward(nurse, 1)
    f.signed_in(client, nurse)
    client.post(reverse("record:inbox_seen"), {"vu": f"{patient_id}~2999-01-01T00:00:00+00:00"})
    f.report(patient_id)
    assert "Bilan sanguin" in read(client, etat="nonlu")


def test_a_kind_alone_marks_nothing_and_the_form_is_in_what_filters_replace(client: Client) -> None:
    nurse = actor_in("nurse")
    ward(nurse, 1)
    f.signed_in(client, nurse)
    page = read(client, etat="nonlu")
    assert page.index('id="panel"') < page.index('id="seen"')
    assert "etat=nonlu" in page.partition('id="seen"')[2].partition("</form>")[0]
    only = read(client, genre="documents")
    assert "Lettre 0" in only
    assert "Marquer comme lu" not in only
    assert not marks(only)


def test_what_follows_is_marked_with_the_rest(client: Client) -> None:
    nurse = actor_in("nurse")
    ward(nurse, 32)
    f.signed_in(client, nurse)
    page = read(client)
    following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    more = client.get(following).content.decode().partition('id="news"')[2]
    client.post(reverse("record:inbox_seen"), {"vu": marks(page) + marks(more)})
    assert "news-row" not in read(client, etat="nonlu")


def test_who_is_opposed_or_elsewhere_sees_no_news(client: Client) -> None:
    nurse = actor_in("nurse")
    (patient_id,) = ward(nurse, 1)
    assert nurse.grantee_id
    deny(patient_id=patient_id, grantee_id=nurse.grantee_id, source_id=uuid7())
    f.signed_in(client, nurse)
    assert "Lettre 0" not in read(client)
    assert client.post(reverse("record:favourite", args=[patient_id]), {"favori": "1"}).status_code == 404  # fmt: skip
    with acting(nurse), pytest.raises(AccessRefusedError):
        commands.set_favourite(patient_id=patient_id, is_favourite=True)
    client.post(
        reverse("record:inbox_seen"), {"vu": [f"{patient_id}~{timezone.now().isoformat()}"]}
    )
    assert not Mark.objects.exists()


def test_a_social_worker_sees_shared_notes_only(client: Client) -> None:
    nurse = actor_in("nurse")
    (patient_id,) = ward(nurse, 1)
    f.note(patient_id, nurse, "Aide au repas.", "shared")
    f.signed_in(client, f.member(patient_id, "social_worker"))
    page = read(client)
    assert "Aide au repas" in page
    assert "Note du lit" not in page
    assert "Lettre 0" not in page


def test_a_person_has_no_inbox(client: Client) -> None:
    f.signed_in(client, f.owner(f.patient()))
    assert client.get(reverse("record:inbox")).status_code in (403, 404)


def test_favourites_are_one_s_own(client: Client) -> None:
    nurse, other = actor_in("nurse"), actor_in("nurse", "Autre")
    first, _ = ward(nurse, 2)
    f.give(first, other)
    f.signed_in(client, nurse)
    url = reverse("record:favourite", args=[first])
    answer = client.post(url, {"favori": "1", "ici": "https://ailleurs.example/"})
    assert answer.headers["Location"] == "/"
    page = read(client, etat="favoris")
    assert "Lettre 0" in page
    assert "Lettre 1" not in page
    f.signed_in(client, other)
    assert "Lettre 0" not in read(client, etat="favoris")


def test_the_inbox_pages_by_key_and_costs_the_same(client: Client) -> None:
    nurse = actor_in("nurse")
    f.signed_in(client, nurse)
    counts = []
    for size, start in ((1, 0), (24, 1)):
        ward(nurse, size, start)
        read(client)
        with CaptureQueriesContext(connection) as captured:
            page = read(client)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    more = client.get(following).content.decode()
    assert more.count("news-row") + page.count("news-row") == 50


# --- lists ---------------------------------------------------------------------------------------


def test_a_round_by_day(client: Client) -> None:
    nurse = actor_in("nurse")
    first, second = ward(nurse, 2)
    f.signed_in(client, nurse)
    sent = {"label": f"Tournée {SCRIPT}", "kind": "round", "columns": ["age", "rounds"]}
    made = client.post(reverse("record:lists"), sent)
    kept = PatientList.objects.get()
    assert made.status_code == 302
    on_days = {"list": kept.id, "days": ["2", "4"], "moment": SCRIPT}
    client.post(reverse("record:rounds", args=[first]), on_days)
    client.post(reverse("record:rounds", args=[second]), {"list": kept.id})
    address = reverse("record:list", args=[kept.id])
    tuesday = client.get(address, {"jour": "2"}).content.decode()
    assert "NOM000" in tuesday
    assert "NOM001" in tuesday
    assert SCRIPT not in tuesday
    monday = client.get(address, {"jour": "1"}).content.decode()
    assert "NOM000" not in monday
    assert "NOM001" in monday
    client.post(reverse("record:rounds", args=[second]), {"list": kept.id, "act": "off"})
    assert "NOM001" not in client.get(address, {"jour": "1"}).content.decode()


def test_somebody_else_s_list_is_not_found(client: Client, as_actor: Any) -> None:
    nurse, other = actor_in("nurse"), actor_in("nurse", "Autre")
    (patient_id,) = ward(nurse, 1)
    f.give(patient_id, other)
    with acting(nurse):
        kept = commands.save_list(label="Mienne")
        commands.put_on_round(kept=kept, patient_id=patient_id)
    f.signed_in(client, other)
    assert client.get(reverse("record:list", args=[kept.id])).status_code == 404
    assert client.post(reverse("record:list_remove", args=[kept.id])).status_code == 404
    sent = {"list": str(kept.id), "act": "off"}
    assert client.post(reverse("record:rounds", args=[patient_id]), sent).status_code == 404
    with acting(other), pytest.raises(AccessRefusedError):
        commands.remove_list(kept=kept)
    with as_actor(other):
        assert not PatientList.objects.exists()
    assert RoundEntry.objects.filter(removed_at=None).count() == 1


@pytest.mark.parametrize("sort", ["name", "news", "stay"])
def test_a_view_in_each_order_pages_by_key(client: Client, sort: str) -> None:
    nurse = actor_in("nurse")
    ids = ward(nurse, 32)
    f.stay(ids[5], number="V5")
    f.signed_in(client, nurse)
    with acting(nurse):
        kept = commands.save_list(
            label="Vue", kind="view", sort=sort, columns=["news", "stay", "birth", "age"]
        )
    page = client.get(reverse("record:list", args=[kept.id])).content.decode()
    following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    more = client.get(following).content.decode()
    seen = [f"NOM{number:03}" for number in range(32) if f"NOM{number:03}" in page + more]
    assert len(seen) == 32
    if sort == "stay":
        assert page.index("NOM005") < page.index("NOM000")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"label": " "}, "label"), ({"label": "x" * 81}, "label"), ({"label": "a", "kind": "b"}, "label"),
        ({"label": "a", "columns": ["ins"]}, "columns"), ({"label": "a", "sort": "id; drop"}, "sort"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_is_refused(values: dict[str, Any], code: str) -> None:
    with acting(actor_in("nurse")), pytest.raises(commands.ListRefusedError) as caught:
        commands.save_list(**values)
    assert caught.value.code == code


def test_a_list_costs_the_same_with_one_and_thirty_patients(client: Client) -> None:
    nurse = actor_in("nurse")
    f.signed_in(client, nurse)
    with acting(nurse):
        kept = commands.save_list(label="Vue", kind="view", columns=["news", "stay"])
    counts = []
    for size, start in ((1, 0), (28, 1)):
        ward(nurse, size, start)
        client.get(reverse("record:list", args=[kept.id]))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("record:list", args=[kept.id]))
        counts.append(len(captured))
    assert counts[0] == counts[1]
