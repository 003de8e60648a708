"""Templates of plans: written by the region's team, put in service, withdrawn, applied."""

from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.plans import commands, kinds, queries
from enrs.core.plans.models import PlanTemplate
from enrs.core.plans.rules import templates as rules
from enrs.core.subjects.commands import StaleSaveError
from tests.core.plans.factories import CONTENT, plan, region, template
from tests.factories import UserFactory, user_of_role
from tests.services.record.factories import member, patient, signed_in

pytestmark = pytest.mark.django_db
CODES: dict[str, str] = {}


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    return member(awa, "physician", "Dr Paul Imbert")


def test_a_template_goes_from_draft_to_service_and_to_the_next_number() -> None:
    first = template()
    with acting(region()):
        second = commands.draft_template(
            code="chutes", kind="ppcs", title="Chutes, suite", content=first.content
        )
        with pytest.raises(commands.PlanRefusedError, match="draft"):
            commands.draft_template(code="chutes", kind="ppcs", title="Encore")
        commands.publish_template(template=second, expected_version=second.version)
        with pytest.raises(commands.PlanRefusedError, match="published"):
            commands.revise_template(
                template=second, title="x", content=CONTENT, expected_version=second.version
            )
    first.refresh_from_db()
    assert (first.status, second.status, second.number) == ("retired", "published", 2)
    assert [one.id for one in queries.templates_for("ppcs")] == [second.id]
    with acting(region()):
        commands.retire_template(template=second, expected_version=second.version)
        with pytest.raises(commands.PlanRefusedError, match="retired"):
            commands.retire_template(template=second, expected_version=second.version)
    assert queries.templates_for("ppcs") == []
    assert [len(one) for one in queries.templates() if one[0].code == "chutes"] == [2]


def test_nobody_but_the_region_writes_one(doctor: Actor) -> None:
    with acting(doctor), pytest.raises(AccessRefusedError):
        commands.draft_template(code="x", kind="ppcs", title="x")


def test_a_stale_draft_is_refused_and_an_empty_one_not_put_in_service() -> None:
    with acting(region()):
        made = commands.draft_template(code="vide", kind="ppcs", title="Vide")
        with pytest.raises(commands.PlanRefusedError, match="no_rows"):
            commands.publish_template(template=made, expected_version=made.version)
        other = PlanTemplate.objects.get(pk=made.pk)
        commands.revise_template(
            template=made, title="Plein", content=CONTENT, expected_version=made.version
        )
        with pytest.raises(StaleSaveError):
            commands.revise_template(
                template=other, title="Autre", content=CONTENT, expected_version=other.version
            )


def test_one_tap_fills_a_plan_and_a_second_adds_nothing(awa: UUID, doctor: Actor) -> None:
    made, model = plan(awa, doctor), template()
    with acting(doctor):
        assert commands.apply_template(plan=made, template=model) == 4
        assert commands.apply_template(plan=made, template=model) == 0
    whole = queries.whole(made)
    assert [one.label for one in whole.problems] == ["Chutes"]
    assert whole.goals[0].problem_id == whole.problems[0].id
    assert {(one.text, one.who_kind, one.who_label) for one in whole.actions} == {
        ("Kinésithérapie", "free", "Kinésithérapeute ou autre rééducateur, à désigner"),
        ("Marcher chaque jour", "person", "La personne ou un proche"),
    }
    assert queries.steps(made)[0].what == "template"


def test_what_hangs_on_a_known_problem_is_added_under_it(awa: UUID, doctor: Actor) -> None:
    made = plan(awa, doctor)
    with acting(doctor):
        known = commands.add_problem(plan=made, label="Chutes", priority=3)
        assert commands.apply_template(plan=made, template=template()) == 3
    whole = queries.whole(made)
    assert [one.id for one in whole.problems] == [known.id]
    assert whole.goals[0].problem_id == known.id


def test_a_template_withdrawn_or_of_another_kind_is_not_applied(awa: UUID, doctor: Actor) -> None:
    made, model = plan(awa, doctor), template("draft")
    other = PlanTemplate.objects.filter(kind="pps-paerpa", status="published").first()
    with acting(doctor):
        for one in (model, other):
            assert one is not None
            with pytest.raises(commands.PlanRefusedError, match="template"):
                commands.apply_template(plan=made, template=one)


def test_what_comes_with_the_release_is_taken_in_once_and_left_to_the_region() -> None:
    shipped = kinds.shipped_templates()
    assert len(shipped) >= 5
    for one in shipped:
        rules.checked(
            {"lead": one["lead"], "rows": one["rows"]}, kinds.kind_of(one["kind"]).problems
        )
    assert PlanTemplate.objects.filter(status="published").count() >= 5
    assert commands.sync_templates(shipped) == 0
    later = [{**shipped[0], "number": 2}]
    assert commands.sync_templates(later) == 1
    with acting(region()):
        own = PlanTemplate.objects.filter(code=shipped[1]["code"]).get()
        commands.draft_template(code=own.code, kind=own.kind, title="À nous", content=own.content)
    assert commands.sync_templates([{**shipped[1], "number": 9}]) == 0


def row(**changes: Any) -> dict[str, Any]:
    return {"kind": "action", "key": 1, "text": "x", "type": "care", "role": "nurse"} | changes


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"rows": "x"}, "choice"),
        ({"rows": [1]}, "choice"),
        ({"rows": [row(kind="magic")]}, "choice"),
        ({"rows": [row(role="king")]}, "choice"),
        ({"rows": [row(type="magic")]}, "choice"),
        ({"rows": [row(text=" ")]}, "empty"),
        ({"rows": [row(text="x" * 501)]}, "long"),
        ({"rows": [row(text=3)]}, "choice"),
        ({"rows": [row(days=-1)]}, "days"),
        ({"rows": [row(days=10**9)]}, "days"),
        ({"rows": [row(of=7)]}, "above"),
        ({"rows": [row(), row()]}, "above"),
        ({"rows": [row(key=0)]}, "above"),
        ({"rows": [row(key=one) for one in range(1, 62)]}, "many"),
        ({"lead": "x" * 501, "rows": []}, "long"),
        ({"rows": [{"kind": "problem", "key": 1, "label": ""}]}, "empty"),
    ],
)  # fmt: skip
def test_a_content_that_cannot_be_is_refused(content: dict[str, Any], code: str) -> None:
    with pytest.raises(rules.TemplateError) as refused:
        rules.checked(content, CODES)
    assert refused.value.reason == code


def test_a_row_leaves_with_what_hangs_on_it() -> None:
    content = rules.checked(deepcopy(CONTENT), CODES)
    assert rules.without_row(content, 1)["rows"] == []
    assert [one["key"] for one in rules.without_row(content, 3)["rows"]] == [1, 2, 4]
    assert rules.with_row(content, {"kind": "problem", "label": "y"})["rows"][-1]["key"] == 5


def test_a_role_is_given_to_the_one_whose_function_it_is() -> None:
    def mate(name: str, role: str) -> kinds.Teammate:
        return kinds.Teammate(uuid7(), "member", name, role)

    team = [
        mate("A", "Infirmière libérale"),
        mate("B", "Médecin traitant"),
        mate("C", "Médecin cardiologue"),
    ]
    assert rules.who_for("nurse", team).name == "A"
    assert rules.who_for("physician", team).name == "B"
    assert rules.who_for("pharmacist", team) is None
    assert rules.who_for("nurse", [*team, mate("D", "Infirmier")]) is None
    assert rules.who_for("person", team) is None


# --- pages -----------------------------------------------------------------------------------------


def operator() -> Client:
    client = Client()
    client.force_login(user_of_role("operator"))
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"plans:{name}", args=args)


def test_the_region_writes_a_template_row_by_row_on_screens() -> None:
    team = operator()
    made = team.post(
        url("template_new"),
        {"title": "Mémoire", "code": "memoire", "kind": "ppcs", "lead": "Oublis."},
    )
    assert made.status_code == 302
    one = PlanTemplate.objects.get(code="memoire")

    def post(name: str, *args: Any, **values: Any) -> int:
        one.refresh_from_db()
        return team.post(url(name, one.id, *args), {"version": one.version} | values).status_code

    assert post("template_add", "problem", label="Oublis de traitement") == 302
    add_goal = f"{url('template_add', one.id, 'goal')}?sous=1"
    one.refresh_from_db()
    given = {"text": "Aucun oubli", "days": "30", "version": one.version}
    assert team.post(add_goal, given).status_code == 302
    assert team.post(add_goal, given).status_code == 200  # the page was stale: nothing is doubled
    one.refresh_from_db()
    add_action = f"{url('template_add', one.id, 'action')}?sous=2"
    given = {"text": "Pilulier", "type": "care", "role": "nurse", "version": one.version}
    assert team.post(add_action, given).status_code == 302
    assert (
        post("template_row", "action", 3, text="Pilulier préparé", type="care", role="pharmacist")
        == 302
    )
    shown = team.get(url("template", one.id)).content.decode()
    for words in ("Oublis de traitement", "Aucun oubli", "Pilulier préparé", "Soin, Pharmacien"):
        assert words in shown
    assert post("template_texts", title="Mémoire fragile", lead="Oublis.") == 302
    assert post("template_publish") == 302
    one.refresh_from_db()
    assert (one.title, one.status) == ("Mémoire fragile", "published")
    assert post("template_next") == 302
    draft = PlanTemplate.objects.get(code="memoire", status="draft")
    assert (
        team.post(url("template_drop", draft.id, 1), {"version": draft.version}).status_code == 302
    )
    draft.refresh_from_db()
    assert draft.content["rows"] == []
    assert team.get(url("templates")).status_code == 200


def test_professionals_read_templates_and_write_none(doctor: Actor) -> None:
    mine, model = signed_in(Client(), doctor), template("draft")
    assert mine.get(url("templates")).status_code == 200
    assert mine.get(url("template", model.id)).status_code == 200
    for name in ("template_publish", "template_retire", "template_next"):
        assert mine.post(url(name, model.id), {"version": 1}).status_code in (403, 404)
    assert mine.get(url("template_new")).status_code in (403, 404)
    person: User = UserFactory(patient=True)
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get(url("templates")).status_code in (403, 404)


def test_a_doctor_applies_one_on_the_page_of_a_plan(awa: UUID, doctor: Actor) -> None:
    made, model, mine = plan(awa, doctor), template(), signed_in(Client(), doctor)
    page = url("apply", awa, made.id)
    assert "Après une chute." in mine.get(page).content.decode()
    assert mine.post(page, {"template": "x"}).status_code == 404
    assert mine.post(page, {"template": str(model.id)}).status_code == 302
    assert len(queries.whole(made).actions) == 2
