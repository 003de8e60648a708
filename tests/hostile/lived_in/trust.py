"""Life of trust: openings in an emergency and what is said of them, requests about data, the matrix, announcements."""

import time
from dataclasses import asdict
from datetime import timedelta

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import change_matrix
from enrs.core.accounts.federation.arrivals import KEY, Arrival
from enrs.core.accounts.models import User
from enrs.services.portal.commands import Words, publish_announcement
from enrs.services.rights import commands
from tests.factories import proxy_of
from tests.hostile.cases import record, rights
from tests.hostile.cases.access import change_matrix as wanted_change
from tests.hostile.lived_in.people import Person
from tests.hostile.world import World
from tests.services.portal.factories import CIVIL, referent
from tests.services.record.factories import document as filed
from tests.services.rights.factories import at_its_term, marked, opened, read

MINE = "/droits/mes-demandes/"
COPIES = "/droits/mes-copies/"
DESK = "/droits/"


def trust_of(w: World, desk: World, opener: User, person: User) -> dict[str, Person]:
    """An officer with openings and requests, the opener who explains, who asks, who has a copy of the data."""
    officer = World("auditor", in_circle=False)
    officer.place = w.place
    held = [opened(opener, w.other, days=rank) for rank in (1, 2)]
    with officer.as_right():
        commands.ask_explanation(glass=held[0], text="Que s’est-il passé cette nuit-là ?")
    rights.taken(officer)
    rights.taken(officer, "none")
    rights.of_heir(officer)
    rights.take_back(officer)
    rights.kept(officer)
    rights.lift(officer)
    rights.of_restriction(World("auditor", in_circle=False))
    head = referent(w.place)
    for one in (w.patient, w.other):
        read(opener, one)
    marked(head, opener, w.other, w.place)
    at_its_term()
    receiver = proxy_of(w.patient)
    with w.acting_as(receiver):
        commands.ask_copy(patient_id=w.patient.pk)
    commands.make_copies()
    keeper = World("physician")
    given = record.lift_secret(keeper)
    filed(keeper.patient.pk, title="Vaccins")
    announced(desk)
    with desk.as_right():
        change_matrix(**wanted_change(desk))
    arrival = Arrival("franceconnect", "FranceConnect", "f" * 64, CIVIL, "", "", time.time())
    return {
        "officer_of_data": Person(
            officer.right, [f"{DESK}bris-de-glace/", f"{DESK}demandes/", f"{DESK}demandes/nouvelle/",
             f"{DESK}acces/a-expliquer/",
             f"{DESK}conservation/", f"{DESK}conservation/?vue=prolonges", f"{DESK}conservation/?vue=approuves"],
            (DESK,),
        ),
        "keeper_of_a_secret": Person(
            keeper.right, [f"/dossier/{keeper.patient.pk}/secret/"], (f"/dossier/{given['kept'].patient_id}/secret/",)
        ),
        "opener": Person(
            opener, [f"{DESK}mes-bris-de-glace/"], (f"{DESK}mes-bris-de-glace/", f"{DESK}mes-acces/")
        ),
        "reader_of_accesses": Person(
            head, [f"{DESK}acces/", f"{DESK}acces/a-expliquer/"], (f"{DESK}acces/",)
        ),
        "asker": Person(person, [MINE, f"{MINE}nouvelle/"], (MINE, COPIES)),
        "receiver": Person(receiver, [MINE], (MINE, COPIES)),
        "arriving": Person(
            None, ["/compte/arrivee/"], ("/compte/arrivee/",), session={KEY: asdict(arrival)}
        ),
    }  # fmt: skip


def announced(desk: World) -> None:
    """An announcement that is running for those who coordinate, and one to come."""
    now = timezone.now()
    for begins in (now - timedelta(minutes=5), now + timedelta(days=2)):
        words = Words(
            "Maintenance de l’annuaire", "L’annuaire sera en lecture seule.", begins,
            begins + timedelta(hours=2), "attention", ("coordinator",),
        )  # fmt: skip
        with acting(SYSTEM):
            publish_announcement(words=words)
