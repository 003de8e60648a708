"""What heirs may know of somebody who died: who asks, why, and whether the person had said no (L1110-4, V)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.moments import legal_day
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import RightsRequest
from enrs.services.rights.rules import requests as rules
from tests.factories import actor, known_patient, person_of, user_of_role

pytestmark = pytest.mark.django_db
LETTER = {
    "kind": "heir",
    "origin": "letter",
    "person_name": "Ousmane N'DIAYE",
    "asker_name": "Awa N'DIAYE",
    "asker_quality": "",
    "heir_quality": "heir",
    "motive": "cause",
    "address": "3 rue des Érables\n77000 Melun",
    "identity": "copy",
    "text": "De quoi mon père est-il mort ?",
}
SOUGHT = "Dossier relu, aucune directive ; la personne de confiance interrogée."
ANSWER = "Le certificat joint dit les causes du décès."


@pytest.fixture
def officer():
    return user_of_role("auditor")


def register(as_actor, officer, **changes):
    with as_actor(actor(officer)):
        return commands.register_right(**LETTER | changes, received_on=legal_day(timezone.now()))


def test_an_heir_says_as_what_and_why(as_actor, officer):
    made = register(as_actor, officer)
    assert (made.asker_quality, made.motive, made.wish) == ("Ayant droit", "cause", "unchecked")
    assert made.due_on == made.received_on + timedelta(days=rules.ACCESS_DAYS)
    for changes, said in (
        ({"heir_quality": ""}, "à quel titre"),
        ({"heir_quality": "cousin"}, "à quel titre"),
        ({"asker_name": " "}, "à quel titre"),
        ({"motive": ""}, "motif"),
        ({"motive": "curiosity"}, "motif"),
    ):
        with pytest.raises(RightsError, match=said):
            register(as_actor, officer, **changes)


@pytest.mark.parametrize("quality", ["heir", "partner", "pacs"])
def test_nothing_is_said_before_the_wish_of_the_person_is_looked_for(as_actor, officer, quality):
    made = register(as_actor, officer, heir_quality=quality)
    with as_actor(actor(officer)):
        with pytest.raises(RightsError, match="Recherchez"):
            commands.answer_right(asked=made, text=ANSWER)
        with pytest.raises(RightsError, match="dix caractères"):
            commands.check_wish(asked=made, wish="none", text="oui")
        commands.check_wish(asked=made, wish="none", text=SOUGHT)
        commands.answer_right(asked=made, text=ANSWER)
    assert [one.kind for one in made.acts.all()] == ["received", "wish", "answered"]
    assert AuditLine.objects.filter(action="rights.request.wish").count() == 1


def test_who_said_no_is_obeyed(as_actor, officer):
    made = register(as_actor, officer)
    with as_actor(actor(officer)):
        commands.check_wish(asked=made, wish="opposed", text="Écrit le 3 mars, au dossier.")
        with pytest.raises(RightsError, match="opposée"):
            commands.answer_right(asked=made, text=ANSWER)
        commands.refuse_right(asked=made, refusal_code="opposed", text="Nous ne le pouvons pas.")
        with pytest.raises(RightsError, match="déjà sa réponse"):
            commands.check_wish(asked=made, wish="none", text=SOUGHT)
    assert RightsRequest.objects.get().state == "refused"


def test_parents_of_a_minor_need_no_motive(as_actor, officer):
    made = register(as_actor, officer, heir_quality="parent", motive="")
    assert (made.motive, made.wish) == ("", "")
    with as_actor(actor(officer)):
        commands.answer_right(asked=made, text=ANSWER)
        other = commands.register_right(
            **LETTER | {"kind": "access"}, received_on=legal_day(timezone.now())
        )
        assert (other.heir_quality, other.motive, other.wish) == ("", "", "")
        with pytest.raises(RightsError, match="ne concerne pas"):
            commands.check_wish(asked=other, wish="none", text=SOUGHT)


def test_nobody_asks_it_from_a_space_nor_looks_for_a_wish(as_actor, officer):
    patient = known_patient()
    person = person_of(patient)
    with as_actor(actor(person)), pytest.raises(RightsError):
        commands.ask_right(patient_id=patient.pk, kind="heir", text=LETTER["text"])
    made = register(as_actor, officer)
    with as_actor(actor(person)), pytest.raises(AccessRefusedError):
        commands.check_wish(asked=made, wish="none", text=SOUGHT)


def test_the_desk_looks_then_answers_on_its_pages(signed_in, as_actor, officer):
    browser = signed_in(officer)
    given = LETTER | {"received_on": legal_day(timezone.now()).isoformat()}
    bad = browser.post(reverse("rights:register"), given | {"motive": ""})
    assert (bad.status_code, "Choisissez le motif" in bad.content.decode()) == (422, True)
    browser.post(reverse("rights:register"), given)
    made = RightsRequest.objects.get()
    address = reverse("rights:request", args=[made.pk])
    page = browser.get(address).content.decode()
    assert "Connaître les causes de la mort" in page
    assert "Rechercher la volonté" in page
    assert "Enregistrer la réponse" not in page
    browser.post(address, {"acte": "wish", "wish": "none", "text": SOUGHT})
    page = browser.get(address).content.decode()
    assert "Aucune opposition trouvée" in page
    assert "connaître les causes de la mort." in page
    browser.post(address, {"acte": "answer", "text": ANSWER})
    assert browser.get(reverse("rights:letter", args=[made.pk])).content.startswith(b"%PDF")


def test_the_space_does_not_offer_it(signed_in):
    browser = signed_in(person_of(known_patient()))
    page = browser.get(reverse("rights:ask")).content.decode()
    assert "personne décédée" not in page
