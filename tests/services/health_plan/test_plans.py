"""A plan of health from its opening to its signature, by commands, pages and FHIR."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.plans import commands as engine
from enrs.core.plans import queries as plans
from enrs.core.plans.fhir import plan_resource
from enrs.core.plans.models import Plan
from enrs.referentials.identity.commands import merge_local
from enrs.services.health_plan import commands, queries, rules
from tests.core.plans.factories import answered, signed
from tests.referentials.identity.factories import HOSPITAL, actor_in, receive
from tests.services.health_plan.factories import elder, model, of_team, opened
from tests.services.record.factories import BARE, member, owner, proxy, signed_in

pytestmark = pytest.mark.django_db
EXCEPTION = "Démence débutante, deux hospitalisations."


@pytest.fixture
def awa() -> UUID:
    return elder()


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    return of_team(awa)


@pytest.fixture
def nurse(awa: UUID) -> Actor:
    return of_team(awa, "nurse", "Camille Roche")


def browser(actor: Actor) -> Client:
    return signed_in(Client(), actor)


def url(name: str, *args: Any) -> str:
    return reverse(f"health_plan:{name}", args=args)


def test_a_doctor_opens_one_from_a_template_given_to_the_team(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    made = opened(awa, doctor, template=model(), wishes="Rester chez moi.")
    whole = plans.whole(made)
    assert (made.kind, made.referent_id, made.wishes) == (
        "pps-paerpa",
        doctor.grantee_id,
        "Rester chez moi.",
    )
    assert {one.code for one in whole.problems} == {"MED-057", "MED-056"}
    assert {one.code_system for one in whole.problems} == {rules.SYSTEM}
    who = {one.who_id for one in whole.actions if one.who_kind == "member"}
    assert who == {doctor.grantee_id, nurse.grantee_id}


def test_the_rules_of_the_kind_hold_by_whatever_door(awa: UUID, doctor: Actor) -> None:
    young, middle = elder("200", birth_date="1980-01-01"), elder("300", birth_date="1960-01-01")
    with acting(member(awa, "nurse")), pytest.raises(engine.PlanRefusedError, match="team"):
        engine.create_plan(patient_id=awa, kind=commands.KIND, title="x")
    for person, code in ((young, "young"), (middle, "age")):
        by = of_team(person)
        with acting(by), pytest.raises(engine.PlanRefusedError, match=code) as refused:
            engine.create_plan(patient_id=person, kind=commands.KIND, title="x")
        assert refused.value.words == rules.REFUSALS[code]
    found = opened(middle, of_team(middle, "nurse"), exception=EXCEPTION)
    assert found.exception == EXCEPTION


def test_one_plan_is_open_at_a_time_and_nothing_stays_of_a_refused_one(
    awa: UUID, doctor: Actor
) -> None:
    opened(awa, doctor)
    with pytest.raises(engine.PlanRefusedError, match="open"):
        opened(awa, doctor, template=model())
    assert Plan.objects.count() == 1


def test_a_problem_is_of_the_dictionary(awa: UUID, doctor: Actor) -> None:
    made = opened(awa, doctor)
    with acting(doctor):
        one = engine.add_problem(plan=made, code="MED-058")
        other = engine.add_problem(plan=made, label="Ne dort plus depuis le déménagement")
        for values in ({"code": "MED-999"}, {"code": ""}, {}):
            with pytest.raises(engine.PlanRefusedError, match="choice"):
                engine.add_problem(plan=made, **values)
        one.plan = made
        engine.amend_row(row=one, expected_version=one.version, is_resolved=True)
        with pytest.raises(engine.PlanRefusedError, match="choice"):
            engine.amend_row(row=one, expected_version=one.version, code="x")
    assert (one.label, other.code) == ("Isolement", rules.OTHER)


def test_the_plan_is_agreed_signed_and_published(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    made = opened(awa, doctor, template=model("retour-hopital"))
    with acting(doctor):
        for one in plans.whole(made).actions:
            if one.who_kind == "free":
                one.plan = made
                engine.amend_row(
                    row=one, expected_version=one.version, who_kind="person", who_label="Sa fille"
                )
        assert engine.send_plan(plan=made)
    answered(made, nurse)
    made.refresh_from_db()
    assert made.is_validated
    signed(made, doctor)
    made.refresh_from_db()
    assert made.is_signed
    resource = plan_resource(made)
    assert resource["category"][0]["coding"][0]["code"] == "pps-paerpa"
    assert resource["status"] == "active"
    assert len(resource["activity"]) == 6
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(distinct id) from fhir_resource where type = 'CarePlan' and patient_id = %s",
            [awa],
        )
        assert cursor.fetchone()[0] == 1


def test_the_wrong_people_open_nothing(awa: UUID, doctor: Actor, as_actor: Any) -> None:
    for someone in (actor_in("physician"), member(awa, "secretary"), owner(awa)):
        with as_actor(someone), pytest.raises(AccessRefusedError):
            commands.open_health_plan(patient_id=awa)


# --- pages -----------------------------------------------------------------------------------------


def test_the_tab_offers_to_begin_and_the_form_begins(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    mine = browser(doctor)
    assert "Commencer un plan" in mine.get(url("panel", awa)).content.decode()
    page = mine.get(url("begin", awa)).content.decode()
    assert "Prévenir les chutes à domicile" in page
    assert "Pourquoi par exception" not in page
    given = {"wishes": "Rester.", "template": str(model().id)}
    assert mine.post(url("begin", awa), given).status_code == 302
    assert mine.post(url("begin", awa), given).status_code == 302
    assert Plan.objects.count() == 1
    shown = mine.get(url("panel", awa)).content.decode()
    assert "Bilan partagé de médication" in shown
    assert mine.get(reverse("plans:plan", args=[awa, Plan.objects.get().id])).status_code == 200


def test_under_the_age_the_page_says_why_and_asks_a_reason() -> None:
    middle, young = elder("300", birth_date="1960-01-01"), elder("200", birth_date="1980-01-01")
    mine = browser(of_team(middle))
    assert "Commencer par exception" in mine.get(url("panel", middle)).content.decode()
    assert "dites pourquoi" in mine.post(url("begin", middle), {"exception": ""}).content.decode()
    assert mine.post(url("begin", middle), {"exception": EXCEPTION}).status_code == 302
    shown = mine.get(reverse("plans:plan", args=[middle, Plan.objects.get().id])).content.decode()
    assert EXCEPTION in shown
    theirs = browser(of_team(young))
    page = theirs.get(url("panel", young)).content.decode()
    assert "moins de 60 ans" in page
    assert "Commencer" not in page
    assert theirs.post(url("begin", young), {"exception": EXCEPTION}).status_code == 200
    assert Plan.objects.count() == 1


def test_the_person_and_their_relative_read_it(awa: UUID, doctor: Actor) -> None:
    for someone in (owner(awa), proxy(awa)):
        theirs = browser(someone)
        page = theirs.get(url("panel", awa)).content.decode()
        assert "Pas encore de plan" in page
        assert "Commencer" not in page
        assert theirs.get(url("begin", awa)).status_code == 404
    opened(awa, doctor, template=model())
    assert "Lire le plan" in browser(owner(awa)).get(url("panel", awa)).content.decode()


def test_nobody_outside_sees_the_tab(awa: UUID, doctor: Actor) -> None:
    opened(awa, doctor)
    for someone in (actor_in("physician"), member(awa, "secretary")):
        assert browser(someone).get(url("panel", awa)).status_code == 404
        assert browser(someone).get(url("begin", awa)).status_code == 404


def test_the_referent_has_figures_and_a_list(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    made, mine = opened(awa, doctor, template=model()), browser(doctor)
    page = mine.get(url("home")).content.decode()
    assert "NDIAYE" in page
    with acting(doctor):
        assert plans.figures(commands.KIND).preparation == 1
        engine.send_plan(plan=made)
        found = plans.figures(commands.KIND)
    assert (found.open, found.awaited, found.validated, found.signed) == (1, 1, 0, 0)
    for state, _ in plans.STATES:
        assert mine.get(f"{url('home')}?etat={state}&apres=x").status_code == 200
    assert "NDIAYE" in mine.get(f"{url('home')}?etat=awaited").content.decode()
    assert "Aucun plan ici" in mine.get(f"{url('home')}?etat=revise").content.decode()
    assert "Aucun plan ici" in browser(nurse).get(url("home")).content.decode()
    assert browser(member(awa, "secretary")).get(url("home")).status_code in (403, 404)


def test_a_list_costs_the_same_with_1_and_30_plans(awa: UUID, doctor: Actor) -> None:
    opened(awa, doctor)
    mine = browser(doctor)
    few = _cost(mine)
    for number in range(29):
        other = elder(f"9{number:03d}")
        Plan.objects.create(
            patient_id=other, kind=commands.KIND, title="x", changed_at=Plan.objects.first().changed_at,
            referent_id=doctor.grantee_id, revision=1,
        )  # fmt: skip
    assert _cost(mine) <= few + 1


def _cost(mine: Client) -> int:
    mine.get(url("home"))
    with CaptureQueriesContext(connection) as counted:
        assert mine.get(url("home")).status_code == 200
    return len(counted)


def test_the_age_that_the_page_says(awa: UUID) -> None:
    assert queries.age_of(awa) >= 83


@pytest.mark.usefixtures("by_ins_only")
def test_two_plans_of_one_person_stand_after_a_merge_until_one_is_stopped() -> None:
    told = {**BARE, "birth_date": "1942-03-12"}
    kept, absorbed = receive("1", **told), receive("2", **told)
    by = [of_team(kept.patient_id), of_team(absorbed.patient_id, "nurse", "Camille Roche")]
    opened(kept.patient_id, by[0])
    opened(absorbed.patient_id, by[1], template=model())
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    found = Plan.objects.filter(patient_id=kept.patient_id)
    assert sorted(found.values_list("is_twin", flat=True)) == [False, True]
    twin = found.get(is_twin=True)
    page = browser(by[0]).get(reverse("plans:plan", args=[kept.patient_id, twin.id]))
    assert "Deux plans en cours" in page.content.decode()
