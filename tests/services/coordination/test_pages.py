"""The pages: who opens them, what they show, what a forged post does, what they cost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.ids import uuid7
from enrs.core.plans import commands as plans
from enrs.core.questionnaires.commands import save_answer, start_answer, sync_forms
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.registry import next_of
from enrs.core.threads.models import Thread
from enrs.core.workflow.commands import move_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination import commands, letter
from enrs.services.coordination.models import Case, Contact, Import
from enrs.services.coordination.rules import aggir
from tests.services.coordination.factories import (
    called_in,
    contact,
    desk,
    included,
    qualified,
    teammate,
    today,
)
from tests.services.coordination.test_imports import GOOD, file_of
from tests.services.record.factories import give, member, owner, patient, signed_in

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def browser(actor: Actor) -> Client:
    return signed_in(Client(), actor)


def test_the_tab_shows_who_follows_the_case_and_its_contacts(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    with acting(ines):
        commands.write_contact(case=case, contact=contact(text=SCRIPT))
    page = browser(ines).get(reverse("coordination:panel", args=[awa])).content.decode()
    assert "Déjà suivi par" in page
    assert place.name in page
    assert "Inscrire un contact" in page
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_the_person_reads_the_tab_without_its_acts(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    included(awa, place, ines)
    page = browser(owner(awa)).get(reverse("coordination:panel", args=[awa]))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Inscrire un contact" not in text
    assert "Commencer le plan" not in text
    assert "Demander un appui" not in text


def addresses(awa: UUID, case: Case, task: Task) -> dict[str, list[Any]]:
    return {
        "coordination:panel": [awa], "coordination:contact": [awa, case.id],
        "coordination:close": [awa, case.id], "coordination:referent": [awa, case.id],
        "coordination:sheet": [awa, case.id], "coordination:sheet_pdf": [awa, case.id],
        "coordination:include": [awa, task.id], "coordination:enter": [awa],
        "coordination:answer_letter": [awa, task.id],
    }  # fmt: skip


def test_every_page_opens_to_the_team_and_to_nobody_outside(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    task = Task.objects.get(pk=case.request_id)
    mine, outside = browser(ines), browser(teammate(desk("Ailleurs")))
    for name, args in addresses(awa, case, task).items():
        assert mine.get(reverse(name, args=args)).status_code == 200, name
        assert outside.get(reverse(name, args=args)).status_code == 404, name
        assert Client().get(reverse(name, args=args)).status_code in (302, 404), name


def test_the_answer_is_a_letter_for_whoever_asked(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    doctor = member(awa, "physician", "Dr Hélène Vasseur")
    task = called_in(awa, place, doctor)
    url, theirs = reverse("coordination:answer_letter", args=[awa, task.id]), browser(doctor)
    assert theirs.get(url).status_code == 404
    note = '#read("/etc/passwd") *gras*'
    with acting(ines):
        task = move_task(
            task=task, transition="refuse", expected_version=task.version, reason_code="outside",
            note=note,
        )  # fmt: skip
    assert theirs.get(url).content.startswith(b"%PDF")
    # The right that the sending gave has ended with it.
    assert browser(ines).get(url).status_code == 404
    with acting(doctor):
        step = letter.decision(task)
    assert step is not None
    assert letter._body(task, step, None)[1:3] == [
        "Motif : Hors du territoire ou de la mission",
        note,
    ]
    assert letter._addressee(task)[0] == "Dr Hélène Vasseur"
    panel = theirs.get(reverse("coordination:panel", args=[awa])).content.decode()
    assert "Lettre de réponse" in panel


def test_a_case_is_not_reached_through_another_person(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    other = patient("200", birth_name="DUPONT", ins="", ins_oid="", status="provisional")
    included(other, place, ines)
    page = browser(ines).get(reverse("coordination:sheet", args=[other, case.id]))
    assert page.status_code == 404


def test_including_by_the_page(awa: UUID, place: Organisation, ines: Actor) -> None:
    task = qualified(awa, place, ines)
    url = reverse("coordination:include", args=[awa, task.id])
    mine = browser(ines)
    refused = mine.post(url, {"version": task.version, "informed_on": ""})
    assert refused.status_code == 200
    assert not Case.objects.exists()
    stale = mine.post(url, {"version": 1, "informed_on": today().isoformat()})
    assert "avant vous" in stale.content.decode()
    assert not Case.objects.exists()
    done = mine.post(
        url, {"version": task.version, "informed_on": today().isoformat(), "note": "Oui"}
    )
    assert done.status_code == 302
    assert Case.objects.get().patient_id == awa


def test_writing_a_contact_by_the_page(awa: UUID, place: Organisation, ines: Actor) -> None:
    case = included(awa, place, ines)
    url = reverse("coordination:contact", args=[awa, case.id])
    mine = browser(ines)
    given = {"kind": "visit", "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "minutes": 45}
    for change in ({"kind": "x"}, {"minutes": -3}, {"minutes": "1e9"}, {"at": "hier"}):
        assert mine.post(url, given | change).status_code == 200
    future = timezone.localtime() + timedelta(days=2)
    late = mine.post(url, given | {"at": future.strftime("%Y-%m-%dT%H:%M")})
    assert "une fois fait" in late.content.decode()
    assert not Contact.objects.exists()
    assert mine.post(url, given).status_code == 302
    assert Case.objects.get().minutes == 45


def test_asking_for_support_from_the_form_to_the_desk(awa: UUID, place: Organisation) -> None:
    sync_forms()
    doctor = member(awa, "physician", "Dr Hélène Vasseur")
    mine = browser(doctor)
    begun = mine.post(reverse("coordination:ask", args=[awa]))
    answer = Answer.objects.get()
    assert begun["Location"] == reverse("questionnaires:fill", args=[answer.id])
    send = reverse("coordination:send", args=[awa, answer.id])
    early = mine.post(send, {"desk": str(place.id), "priority": "routine"})
    assert "Terminez d’abord" in early.content.decode()
    with acting(doctor):
        save_answer(answer=answer, values=REQUEST_VALUES, expected_version=1, is_final=True)
    assert mine.post(send, {"desk": str(awa), "priority": "routine"}).status_code == 200
    assert not Task.objects.exists()
    assert mine.post(send, {"desk": str(place.id), "priority": "urgent"}).status_code == 302
    task = Task.objects.get()
    assert (task.state, task.priority, task.answer_id) == ("received", "urgent", answer.id)
    again = mine.post(send, {"desk": str(place.id), "priority": "urgent"})
    assert "déjà partie" in again.content.decode()


REQUEST_VALUES = {
    "motifs": ["home", "caregiver"], "attente": "Un suivi.", "informee": True, "volonte": "agrees",
    "vit": "alone", "contexte": "Chutes répétées.",
}  # fmt: skip


def full_grid(adverbs: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"date": today().isoformat(), "lieu": "home"}
    for variable, parts in aggir.SUB_VARIABLES.items():
        for key in [f"{variable}.{part}" for part in parts] or [variable]:
            values[key] = list(adverbs)
    return values


@pytest.mark.parametrize(
    ("adverbs", "words"),
    [
        (["non"], "GIR 1"),
        (["spontanement"], "GIR 4"),
        (["spontanement", "totalement", "correctement", "habituellement"], "GIR 6"),
    ],
)
def test_a_grid_gives_its_gir_with_the_letters(
    awa: UUID, place: Organisation, ines: Actor, adverbs: list[str], words: str
) -> None:
    sync_forms()
    included(awa, place, ines)
    with acting(ines):
        answer = start_answer(form="aggir", patient_id=awa)
        save_answer(answer=answer, values=full_grid(adverbs), expected_version=1, is_final=True)
    mine = browser(ines)
    page = mine.get(reverse("coordination:grid", args=[awa, answer.id])).content.decode()
    assert words in page
    assert words in mine.get(reverse("coordination:panel", args=[awa])).content.decode()


def test_an_unfinished_grid_has_no_result(awa: UUID, place: Organisation, ines: Actor) -> None:
    sync_forms()
    included(awa, place, ines)
    begun = browser(ines).post(reverse("coordination:start_form", args=[awa, "aggir"]))
    assert begun.status_code == 302
    page = browser(ines).get(reverse("coordination:grid", args=[awa, Answer.objects.get().id]))
    assert "Grille à terminer" in page.content.decode()
    forged = browser(ines).post(reverse("coordination:start_form", args=[awa, "other"]))
    assert forged.status_code == 404


def test_the_sheet_is_a_pdf_whatever_is_written(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    with acting(ines):
        commands.write_contact(case=case, contact=contact(text="#panic() *x* $ \\ ]"))
        made = plans.create_plan(
            patient_id=awa, kind="ppcs", title='#read("/etc/passwd")', wishes=SCRIPT
        )
        plans.add_problem(plan=made, label="#set page(fill: red)")
    page = browser(ines).get(reverse("coordination:sheet_pdf", args=[awa, case.id]))
    assert page.content.startswith(b"%PDF")


def test_the_team_s_pages_are_for_the_team(place: Organisation, ines: Actor) -> None:
    for name in ("home", "indicators", "imports"):
        url = reverse(f"coordination:{name}")
        assert browser(ines).get(url).status_code == 200
        assert browser(teammate(place, "nurse")).get(url).status_code in (403, 404)
        assert Client().get(url).status_code == 302


def test_indicators_keep_small_numbers_back(awa: UUID, place: Organisation, ines: Actor) -> None:
    included(awa, place, ines)
    page = browser(ines).get(reverse("coordination:indicators"), {"periode": "drop table"})
    assert "Non mesuré" in page.content.decode()


def test_a_file_is_brought_mapped_and_taken_in(place: Organisation, ines: Actor) -> None:
    mine, url = browser(ines), reverse("coordination:imports")
    bad = mine.post(url, {"tool": "maia", "file": SimpleUploadedFile("x.csv", b"\x00\x01;;")})
    assert "pas un fichier CSV" in bad.content.decode()
    mine.post(
        url, {"tool": "maia", "file": SimpleUploadedFile("maia.csv", file_of(GOOD, "A9;;;;;;;"))}
    )
    job = Import.objects.get()
    page = mine.get(reverse("coordination:import", args=[job.id])).content.decode()
    assert "1\u00a0ligne à reprendre, 1 à corriger" in page
    mapping = {name: str(rank) for name, rank in job.mapping.items()} | {"version": "1"}
    assert mine.post(reverse("coordination:import", args=[job.id]), mapping).status_code == 302
    forged = mine.post(reverse("coordination:import", args=[job.id]), mapping | {"sex": "77"})
    assert forged.status_code == 200
    assert "Les personnes ont été informées" in page
    run, told = reverse("coordination:import_run", args=[job.id]), {"informed_on": "2026-01-02"}
    for missing in (
        {},
        told,
        {"is_informed": "on"},
        {"is_informed": "on", "informed_on": "2999-01-01"},
    ):
        refused = mine.post(run, {"version": "2"} | missing, follow=True)
        assert "Cochez que les personnes ont été informées" in refused.content.decode()
    assert not Case.objects.exists()
    mine.post(run, {"version": "2", "is_informed": "on"} | told)
    page = mine.get(reverse("coordination:import", args=[job.id])).content.decode()
    assert "Situations reprises&nbsp;: <b>1</b>" in page
    assert "Lignes laissées&nbsp;: <b>1</b>" in page
    outside = browser(teammate(desk("Ailleurs")))
    assert outside.get(reverse("coordination:import", args=[job.id])).status_code == 404


def test_the_tab_costs_the_same_whatever_the_history(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    Case.objects.update(requested_at=timezone.now() - timedelta(days=100))
    case.refresh_from_db()
    mine, url = browser(ines), reverse("coordination:panel", args=[awa])
    with acting(ines):
        commands.write_contact(case=case, contact=contact())
    few = _cost(mine, url)
    with acting(ines):
        for number in range(50):
            moment = timezone.now() - timedelta(days=number)
            commands.write_contact(case=case, contact=contact(at=moment))
    assert _cost(mine, url) == few
    assert few <= 60


def _cost(mine: Client, url: str) -> int:
    mine.get(url)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert mine.get(url).status_code == 200
    return len(counted)


def test_the_notebook_opens_inside_the_tab(awa: UUID, place: Organisation, ines: Actor) -> None:
    case = included(awa, place, ines)
    thread = Thread.objects.get(subject_id=case.id)
    url = reverse("threads:thread", args=[thread.id])
    page = browser(ines).get(url, headers={"HX-Request": "true"})
    assert "<form" in page.content.decode()
    assert browser(member(awa, "nurse")).get(url).status_code == 200
    assert browser(owner(awa)).get(url).status_code == 404


def secretary_of(place: Organisation) -> Actor:
    return teammate(place, "secretary", "Solange Blanc")


def test_a_secretary_of_the_desk_writes_a_call_down_from_the_tab(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    included(awa, place, ines)
    mine = browser(secretary_of(place))
    page = mine.get(reverse("coordination:panel", args=[awa])).content.decode()
    assert "Inscrire un appel" in page
    assert "Déjà suivi par" in page
    for hidden in ("Demander un appui", "Grille AGGIR", "Plan personnalisé", "Référent</dt>"):
        assert hidden not in page
    call = {"origin": "phone", "caller": "Sa fille", "need": "Une aide", "priority": "routine"}
    sent = mine.post(reverse("coordination:enter", args=[awa]), call)
    assert sent.status_code == 302
    assert mine.get(sent["Location"]).status_code == 200
    assert mine.post(reverse("coordination:ask", args=[awa])).status_code == 404


def test_a_place_that_is_no_desk_receives_no_call(awa: UUID, place: Organisation) -> None:
    practice = Organisation.objects.create(id=uuid7(), name="Cabinet", category_code="124")
    doctor = teammate(practice, "physician", "Dr Hélène Vasseur")
    give(awa, doctor)
    page = browser(doctor).get(reverse("coordination:panel", args=[awa])).content.decode()
    assert "Demander un appui" in page
    assert "Inscrire un appel" not in page
    assert browser(doctor).get(reverse("coordination:enter", args=[awa])).status_code == 404
    with acting(doctor), pytest.raises(AccessRefusedError, match="desk"):
        commands.enter_request(
            patient_id=awa,
            desk=To(practice.id, practice.name),
            caller="X",
            origin="phone",
            need="Y",
        )


def test_only_the_team_in_charge_is_offered_to_include(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    task = qualified(awa, place, ines)
    link = reverse("coordination:include", args=[awa, task.id])
    tab, sheet = reverse("coordination:panel", args=[awa]), reverse("workflow:task", args=[task.id])
    for address in (tab, sheet):
        assert link in browser(ines).get(address).content.decode()
        assert link not in browser(member(awa, "nurse")).get(address).content.decode()


@pytest.mark.parametrize(
    ("form", "onward"),
    [("coordination-request", "coordination:send"), ("aggir", "coordination:grid")],
)
def test_who_ends_a_request_or_a_grid_is_led_on(awa: UUID, form: str, onward: str) -> None:
    sync_forms()
    with acting(member(awa, "nurse")):
        answer = start_answer(form=form, patient_id=awa)
    page = next_of(form)
    assert page is not None
    assert page(answer) == reverse(onward, args=[awa, answer.id])
