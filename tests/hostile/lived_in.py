"""A place where everything was used once: a record with something in each part, people of each kind."""

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.agenda.models import Slot
from enrs.core.ids import uuid7
from enrs.core.notifications.models import Notice
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity import queries as identity
from enrs.services.coordination.rules.words import DESK_CATEGORIES
from tests.core.agenda.factories import agenda_of, appointment
from tests.core.plans.factories import filled
from tests.core.rosters.factories import shift
from tests.factories import (
    AllergyFactory,
    DocumentFactory,
    EncounterFactory,
    FormFactory,
    MeasureFactory,
    ObservationFactory,
    TreatmentFactory,
    UserFactory,
    VaccinationFactory,
)
from tests.hostile.cases import (
    circles,
    coordination,
    gateway,
    notifications,
    questionnaires,
    record,
    rosters,
    threads,
    workflow,
)
from tests.hostile.table import cases
from tests.hostile.world import World
from tests.referentials.identity.factories import CLINIC, receive
from tests.services.coordination.factories import qualified


@dataclass
class Person:
    """Somebody, where they begin, and what of the program they walk through (all of it when nothing is said)."""

    user: User
    starts: list[str]
    within: tuple[str, ...] = ("/",)
    reads_again: bool = True


@dataclass
class LivedIn:
    """The people."""

    people: dict[str, Person]

    def browser(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(self.people[who].user)
        return client


def lived_in() -> LivedIn:
    """Build it; every object by its command or its factory."""
    w = World("coordinator")
    Organisation.objects.filter(pk=w.place.pk).update(category_code=DESK_CATEGORIES[0])
    record_of(w)
    teamwork_of(w)
    desk = World("operator", in_circle=False)
    notifications.failed(desk)
    gateway.partner(desk)
    gateway.message(desk, "waiting")
    FormFactory(status="draft", owner="region")
    receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    own = f"/dossier/{w.patient.pk}/"
    request = qualified(w.other.pk, w.place, w.actor)
    inside = [
        "/", "/mes-listes/", "/quoi-de-neuf/", "/personnes/", "/annuaire/", "/notifications/preferences/",
        "/notifications/", "/compte/password/change/", "/agenda/", "/agenda/nouveau/", "/messagerie/",
        "/messagerie/nouvelle/", "/astreintes/", "/demandes/", "/coordination/", "/cercle/demandes/",
        "/demandes/tableau/essai/?q=domicile", f"/cercle/{w.patient.pk}/ajouter/structure/{w.elsewhere.id}/",
        f"/coordination/dossier/{w.other.pk}/inclure/{request.pk}/", own,
    ]  # fmt: skip
    doctor = w.inside("physician")
    outsider = UserFactory(role="physician")
    sealed = identity._seal(w.patient.pk, outsider.pk)
    doors = [f"/cercle/demander/{sealed}/", f"/bris-de-glace/{sealed}/"]
    lists = "/dossier/listes-actives/"
    return LivedIn(
        {
            "outsider": Person(outsider, doors, ("/cercle/", "/bris-de-glace/"), False),
            "secretary": Person(w.inside("secretary"), [lists], (lists,)),
            "patient": Person(
                w.inside("patient"), [own, "/mes-acces/", "/notifications/"],
                ("/dossier/", "/mes-acces/", "/plans/", "/formulaires/", "/agenda/", "/messagerie/", "/cercle/"),
            ),
            "coordinator": Person(w.right, inside),
            "physician": Person(
                doctor, ["/dossier/nouveau/", "/personnes/nouvelle/"], ("/dossier/nouveau", "/personnes/"), False
            ),
            "operator": Person(
                desk.right, ["/formulaires/", "/messages/", "/notifications/envois/"],
                ("/formulaires/", "/messages/", "/notifications/"),
            ),
            "officer": Person(w.user("identity_officer"), ["/personnes/cellule/"], ("/personnes/cellule/",)),
        }
    )  # fmt: skip


def record_of(w: World) -> None:
    """Something in each part of the record."""
    record.entry(w)
    record.note(w)
    record.round_of(w)
    record.checked_list(w)
    for make in (
        AllergyFactory,
        TreatmentFactory,
        VaccinationFactory,
        MeasureFactory,
        DocumentFactory,
        EncounterFactory,
        ObservationFactory,
    ):
        make(patient=w.patient)
    circles.consent(w)
    circles.asked(w)
    for name in ("remove_member", "lift_opposition"):
        cases[f"referentials.circles.{name}"].scene(w)
    questionnaires.answer(w)
    questionnaires.finished(w)
    Notice.objects.create(
        user_id=w.right.pk, kind="glass.broken", event_id=uuid7(), details={"by": "Yann"}
    )


def teamwork_of(w: World) -> None:
    """A case, its plan, its agenda, its conversations, its duties."""
    coordination.followed(w)
    coordination.job(w)
    filled(w.patient.pk, w.actor)
    workflow.mine(w)
    workflow.held(w)
    workflow.sent(w)
    threads.message(w)
    own = agenda_of(w.right)
    soon = timezone.now() + timedelta(days=2)
    appointment(own, w.patient, start=soon)
    appointment(own, start=soon + timedelta(hours=2), kind="meeting")
    Slot.objects.create(
        agenda=own,
        period=(soon + timedelta(hours=4), soon + timedelta(hours=5)),
        kind="consultation",
    )
    shift(rosters.of_place(w), timezone.now() - timedelta(hours=1), 12)
    cases["core.rosters.end_absence"].scene(w)
