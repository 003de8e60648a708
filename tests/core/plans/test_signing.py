"""The signature of a plan: who may give it, what it is tied to, what undoes it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.plans import commands, kinds, queries, rules
from enrs.core.plans.fhir import plan_resource
from enrs.core.plans.models import Agreement, Goal, Plan
from enrs.referentials.circles.commands import add_member
from enrs.referentials.circles.measures import Decided
from tests.core.plans.factories import filled, plan, signed
from tests.services.record.factories import member, owner, patient, person, proxy, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    return member(awa, "physician", "Dr Paul Imbert")


@pytest.fixture
def made(awa: UUID, doctor: Actor) -> Plan:
    return filled(awa, doctor)


def stands(made: Plan) -> Plan:
    return Plan.objects.get(pk=made.pk)


def protected(awa: UUID, doctor: Actor, kind: str = "tutelle") -> Actor:
    """Somebody in charge of a measure of protection, with an account."""
    son, today = person("Moussa Ndiaye", "relative"), timezone.localdate()
    with acting(doctor):
        add_member(
            patient_id=awa, block="relatives", grantee_id=son.grantee_id, display=son.name, role_label="Fils",
            basis="proxy", proxy_kind=kind, informed_on=today,
            decided=Decided("Tribunal judiciaire de Melun", today, today + timedelta(days=300)),
        )  # fmt: skip
    return son


def test_the_person_signs_at_the_screen_and_it_is_kept_with_what_was_signed(
    made: Plan, doctor: Actor
) -> None:
    given = signed(made, doctor)
    found = stands(made)
    assert found.is_signed
    assert given.content_hash == rules.content_print(queries.whole(found))
    assert (given.signed_name, given.means, given.recorded_by) == (
        "Awa Ndiaye",
        "screen",
        doctor.name,
    )
    assert given.signed_on == timezone.localdate()


def test_a_change_makes_the_signature_past_and_following_does_not(
    made: Plan, doctor: Actor
) -> None:
    signed(made, doctor)
    goal = Goal.objects.select_related("plan").get()
    with acting(doctor):
        commands.amend_row(row=goal, expected_version=goal.version, status="reached")
        commands.revise_plan(plan=stands(made), expected_version=1, revise_on=timezone.localdate())
        assert stands(made).is_signed
        commands.add_problem(plan=made, label="Isolement")
    found = stands(made)
    assert not found.is_signed
    assert found.signed_at
    assert queries.whole(found).signature.edition < found.edition
    assert queries.whole(found).signature.content_hash != queries.whole(found).print


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signed_name": "  "}, "empty"),
        ({"has_read": False}, "read"),
        ({"signer": "quelqu’un"}, "signer"),
        ({"means": "online"}, "choice"),
        ({"means": "magic"}, "choice"),
        ({"answer": "proposed"}, "choice"),
        ({"answer": "won"}, "choice"),
        ({"expected_edition": 1}, "edition"),
        ({"signed_on": timezone.localdate() + timedelta(days=2)}, "signed_on"),
        ({"signed_on": timezone.localdate() - timedelta(days=2)}, "signed_on"),
        ({"remark": "x" * 501}, "long"),
        ({"signed_name": "x" * 201}, "long"),
    ],
)  # fmt: skip
def test_a_signature_that_cannot_be_is_refused(
    made: Plan, doctor: Actor, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(commands.PlanRefusedError) as refused:
        signed(made, doctor, **changes)
    assert refused.value.reason == code
    assert not Agreement.objects.filter(party="person").exists()


def test_an_empty_plan_is_not_signed(awa: UUID, doctor: Actor) -> None:
    with pytest.raises(commands.PlanRefusedError, match="empty_plan"):
        signed(plan(awa, doctor), doctor)


def test_a_paper_an_oral_consent_and_a_refusal_are_noted(made: Plan, doctor: Actor) -> None:
    for means in ("signed", "oral"):
        assert signed(made, doctor, means=means).means == means
    assert stands(made).is_signed
    given = signed(
        made, doctor, answer="refused", signed_name="", has_read=False, remark="Ne veut pas."
    )
    assert given.answer == "refused"
    assert not stands(made).is_signed
    assert [one.what for one in queries.steps(made)[:3]] == ["refused", "signed", "signed"]


def test_a_signature_written_by_mistake_is_taken_back(made: Plan, doctor: Actor) -> None:
    given = signed(made, doctor)
    with acting(doctor):
        commands.withdraw_agreement(plan=made, agreement=given)
    assert not stands(made).is_signed
    assert queries.whole(stands(made)).signature is None
    old = signed(made, doctor)
    Agreement.objects.filter(pk=old.pk).update(answered_at=timezone.now() - timedelta(hours=1))
    old.refresh_from_db()
    with acting(doctor), pytest.raises(commands.PlanRefusedError, match="reason"):
        commands.withdraw_agreement(plan=made, agreement=old)


def test_the_person_signs_from_their_account_for_themselves_alone(
    awa: UUID, made: Plan, as_actor: Callable[..., Any]
) -> None:
    awa_herself = owner(awa)
    with as_actor(awa_herself):
        given = commands.sign_plan(
            plan=made, signer="un-autre", answer="agreed", signed_name="Awa", has_read=True, means="signed",
            expected_edition=stands(made).edition,
        )  # fmt: skip
    assert (given.party, given.means, given.recorded_by) == ("person", "online", awa_herself.name)
    assert stands(made).is_signed


def test_a_relative_whom_no_decision_names_does_not_sign(
    awa: UUID, made: Plan, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    with as_actor(proxy(awa)), pytest.raises(commands.PlanRefusedError, match="signer"):
        signed_by_proxy(made)


def signed_by_proxy(made: Plan, **changes: Any) -> Agreement:
    values = {
        "signer": "", "answer": "agreed", "signed_name": "Moussa Ndiaye", "has_read": True,
        "expected_edition": stands(made).edition, "remark": "Elle est d’accord.",
    } | changes  # fmt: skip
    return commands.sign_plan(plan=made, **values)


def test_who_decides_for_the_person_signs_and_says_what_they_think(
    awa: UUID, made: Plan, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    son = protected(awa, doctor)
    found = kinds.deciders_of(awa)
    assert [one.party for one in found] == ["person", "proxy"]
    assert found[1].capacity == "Tutelle à la personne"
    with as_actor(son):
        with pytest.raises(commands.PlanRefusedError, match="heard"):
            signed_by_proxy(made, remark="")
        given = signed_by_proxy(made)
    assert (given.party, given.capacity) == ("proxy", "Tutelle à la personne")
    assert stands(made).signed_by == "Moussa Ndiaye"


@pytest.mark.parametrize("kind", ["curatelle_simple", "habilitation_assist", "sauvegarde_mandat"])
def test_who_assists_does_not_decide(awa: UUID, doctor: Actor, kind: str) -> None:
    protected(awa, doctor, kind)
    found = kinds.deciders_of(awa)
    assert [one.party for one in found] == ["person"]
    assert bool(found[0].note) == (kind != "curatelle_simple")


def test_who_only_reads_does_not_sign(made: Plan, awa: UUID, as_actor: Callable[..., Any]) -> None:
    reader = member(awa, "secretary")
    with as_actor(reader), pytest.raises(AccessRefusedError):
        signed_by_proxy(made, signer="person")


def test_the_signature_leaves_by_fhir(made: Plan, doctor: Actor) -> None:
    given = signed(made, doctor)
    said = [
        one["extension"] for one in plan_resource(stands(made))["extension"] if "extension" in one
    ]
    values = {
        one["url"]: next(iter(value for key, value in one.items() if key != "url"))
        for one in said[-1]
    }
    assert values["content-hash"] == given.content_hash
    assert values["signed-on"] == timezone.localdate().isoformat()


def test_a_refusal_after_the_signature_undoes_it_and_an_agreement_by_word_of_mouth_does_not_hide_it(
    awa: UUID, made: Plan, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    given = signed(made, doctor)
    with as_actor(owner(awa)):
        commands.record_agreement(plan=made, party="person", label="Awa", answer="agreed")
    assert queries.whole(stands(made)).signature == given
    assert stands(made).is_signed
    with as_actor(doctor):
        refused = commands.record_agreement(
            plan=made, party="person", label="Awa Ndiaye", answer="refused", remark="Ne veut plus."
        )
    assert not stands(made).is_signed
    assert queries.whole(stands(made)).signature == refused
    assert "Refus noté" in browser(doctor).get(url("plan", made)).content.decode()
    with as_actor(doctor):
        commands.withdraw_agreement(plan=made, agreement=refused)
    assert stands(made).is_signed


def test_the_opinion_of_a_relative_undoes_no_signature(
    awa: UUID, made: Plan, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    signed(made, doctor)
    with as_actor(proxy(awa)):
        given = commands.record_agreement(plan=made, party="proxy", label="x", answer="refused")
    assert given.capacity == ""
    assert stands(made).is_signed


def test_taking_back_an_answer_that_does_not_count_undoes_nothing(
    awa: UUID, made: Plan, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    son = protected(awa, doctor)
    with as_actor(doctor):
        refused = commands.sign_plan(
            plan=made, signer=kinds.deciders_of(awa)[1].key, answer="refused", signed_name="", has_read=False,
            expected_edition=stands(made).edition, means="oral", remark="Au nom de son père.",
        )  # fmt: skip
    assert refused.party_label == son.name
    signed(made, doctor)
    with as_actor(doctor):
        commands.withdraw_agreement(plan=made, agreement=refused)
    assert stands(made).is_signed


def test_a_double_tap_signs_once(made: Plan, doctor: Actor) -> None:
    assert signed(made, doctor) == signed(made, doctor)
    assert Agreement.objects.filter(party="person").count() == 1
    assert [one.what for one in queries.steps(made)].count("signed") == 1


def test_what_was_signed_is_kept_and_shown_after_the_plan_changed(
    made: Plan, doctor: Actor
) -> None:
    given = signed(made, doctor)
    assert rules.print_of(given.content) == given.content_hash
    goal = Goal.objects.select_related("plan").get()
    with acting(doctor):
        commands.amend_row(row=goal, expected_version=goal.version, text="Ne plus sortir")
    mine = browser(doctor)
    shown = mine.get(url("signed", made, given.id)).content.decode()
    for words in ("Marcher dehors 0", "Kinésithérapie 0", given.content_hash, "Une édition passée"):
        assert words in shown
    assert "Ne plus sortir" not in shown
    given.content["goal"][0]["text"] = "Autre chose"
    given.save(update_fields=["content"])
    assert "Texte altéré" in mine.get(url("signed", made, given.id)).content.decode()
    assert (
        browser(member(made.patient_id, "secretary")).get(url("signed", made, given.id)).status_code
        == 404
    )


def test_a_sheet_is_signed_in_the_edition_that_is_printed_on_it(made: Plan, doctor: Actor) -> None:
    mine, printed = browser(doctor), stands(made).edition
    assert f"Édition n° {printed}" in mine.get(url("print", made)).content.decode()
    assert mine.get(url("pdf", made)).status_code == 200
    assert [one.what for one in queries.steps(made)].count("printed") == 1
    with acting(doctor):
        commands.add_action(plan=made, text="Portage de repas", who_label="Mairie")
    given = {
        "signer": "person", "answer": "agreed", "means": "signed", "signed_name": "Awa Ndiaye", "has_read": "on",
        "signed_on": timezone.localdate().isoformat(), "edition": stands(made).edition, "remark": "",
    }  # fmt: skip
    assert "Recopiez le numéro" in mine.post(url("sign", made), given).content.decode()
    wrong = mine.post(url("sign", made), given | {"paper_edition": "999"})
    assert "Aucune feuille de ce numéro" in wrong.content.decode()
    assert mine.post(url("sign", made), given | {"paper_edition": printed}).status_code == 302
    kept = Agreement.objects.get(party="person")
    assert kept.edition == printed
    assert "Portage de repas" not in str(kept.content)
    assert not stands(made).is_signed
    assert stands(made).signed_edition == printed
    signed(made, doctor)
    assert stands(made).is_signed


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("action", {"status": "cancelled"}, "Non réalisée"),
        ("goal", {"status": "abandoned", "why": "Trop loin"}, "Abandonné"),
    ],
)
def test_dropping_what_was_agreed_to_makes_the_signature_past(
    made: Plan, doctor: Actor, kind: str, values: dict[str, Any], words: str
) -> None:
    signed(made, doctor)
    whole = queries.whole(stands(made))
    row = whole.actions[0] if kind == "action" else whole.goals[0]
    with acting(doctor):
        commands.amend_row(row=row, expected_version=row.version, **values)
        found = stands(made)
        assert not found.is_signed
        row.refresh_from_db()
        commands.amend_row(row=row, expected_version=row.version, **values)
    assert stands(made).edition == found.edition
    assert words in browser(doctor).get(url("sign", made)).content.decode()


def test_a_reserve_says_which(made: Plan, doctor: Actor) -> None:
    with pytest.raises(commands.PlanRefusedError, match="reserve"):
        signed(made, doctor, answer="reserved")
    assert signed(made, doctor, answer="reserved", remark="Pas le matin.").answer == "reserved"


def test_the_parent_of_a_child_decides() -> None:
    child = patient("777", birth_date=f"{timezone.localdate().year - 6}-01-02")
    other = member(child, "physician", "Dr Paul Imbert")
    mother = person("Fatou Ndiaye", "relative")
    with acting(other):
        add_member(
            patient_id=child, block="relatives", grantee_id=mother.grantee_id, display=mother.name,
            role_label="Mère", basis="proxy", proxy_kind="parental_authority", informed_on=timezone.localdate(),
        )  # fmt: skip
    found = kinds.deciders_of(child)
    assert [one.party for one in found] == ["person", "proxy"]
    assert found[1].capacity == "Titulaire de l’autorité parentale"
    assert "Mineure" in found[0].note


# --- pages -----------------------------------------------------------------------------------------


def browser(actor: Actor) -> Client:
    return signed_in(Client(), actor)


def url(name: str, made: Plan, *args: Any) -> str:
    return reverse(f"plans:{name}", args=[made.patient_id, made.id, *args])


def test_the_desk_collects_a_signature_on_its_page(made: Plan, doctor: Actor) -> None:
    mine = browser(doctor)
    shown = mine.get(url("sign", made)).content.decode()
    for words in ("Faire signer le plan", "Kinésithérapie 0", "Rester chez elle."):
        assert words in shown
    given = {
        "signer": "person", "answer": "agreed", "means": "screen", "signed_name": "Awa Ndiaye", "has_read": "on",
        "signed_on": timezone.localdate().isoformat(), "edition": stands(made).edition, "remark": "",
    }  # fmt: skip
    refused = mine.post(url("sign", made), given | {"has_read": ""})
    assert "Cochez la case" in refused.content.decode()
    with acting(doctor):
        commands.add_problem(plan=made, label="Isolement")
    stale = mine.post(url("sign", made), given)
    assert "a changé pendant la lecture" in stale.content.decode()
    fresh = f'name="edition" value="{stands(made).edition}"'
    assert fresh in stale.content.decode()
    assert 'has_read" checked' not in stale.content.decode()
    assert (
        mine.post(url("sign", made), given | {"edition": stands(made).edition}).status_code == 302
    )
    assert "Plan signé" in mine.get(url("plan", made)).content.decode()
    assert mine.get(url("pdf", made)).content.startswith(b"%PDF")


def test_the_person_reads_and_signs_on_their_page(awa: UUID, made: Plan, doctor: Actor) -> None:
    theirs = browser(owner(awa))
    assert "Lire et signer" in theirs.get(url("plan", made)).content.decode()
    assert "Faire signer" not in theirs.get(url("sign", made)).content.decode()
    given = {
        "answer": "agreed",
        "signed_name": "Awa Ndiaye",
        "has_read": "on",
        "edition": made.edition,
    }
    assert (
        theirs.post(url("sign", made), given | {"edition": stands(made).edition}).status_code == 302
    )
    with acting(doctor):
        commands.add_problem(plan=made, label="Isolement")
    assert "n’est plus le plan" in theirs.get(url("plan", made)).content.decode()


def test_a_relative_reads_why_they_do_not_sign(awa: UUID, made: Plan) -> None:
    theirs = browser(proxy(awa))
    assert "Vous ne signez pas ce plan" in theirs.get(url("sign", made)).content.decode()
    given = {
        "answer": "agreed",
        "signed_name": "Fatou",
        "has_read": "on",
        "edition": stands(made).edition,
    }
    assert theirs.post(url("sign", made), given).status_code == 200
    assert not stands(made).is_signed
