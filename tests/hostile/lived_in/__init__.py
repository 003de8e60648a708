"""A place where everything was used once: a record with something in each part, living rooms, people."""

from uuid import UUID

from django.urls import reverse

from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.commands import create_emergency
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.coordination.rules.words import DESK_CATEGORIES
from tests.factories import FormFactory, UserFactory
from tests.hostile.cases import (
    gateway,
    home_monitoring,
    identity_desk,
    identity_governance,
    notifications,
    plans,
    vaccination,
)
from tests.hostile.cases import identity as acts
from tests.hostile.lived_in.care import pages_of_return, record_of, teamwork_of
from tests.hostile.lived_in.people import LivedIn, Person
from tests.hostile.lived_in.places import beds_of, offer_of, operated
from tests.hostile.lived_in.portal import accounts_of
from tests.hostile.lived_in.trust import trust_of
from tests.hostile.pages.directory import answerable, professional
from tests.hostile.world import World, actor_for
from tests.referentials.identity.factories import CLINIC, receive
from tests.services.coordination.factories import qualified

__all__ = ["LivedIn", "Person", "lived_in"]
OPERATED = (
    "/formulaires/", "/messages/", "/notifications/", "/lits/", "/annuaire/chargements/", "/annuaire/signalements/",
    "/territoires/", "/compte/registre/", "/compte/courriers/", "/compte/annonces/", "/compte/referents/",
    "/habilitations/", "/offre/vocabulaire/", "/surveillance/", "/vaccination/campagnes/",
    "/plans/modeles/",
)  # fmt: skip
"""What the operator walks through."""

UNIT = ("/personnes/cellule/", "/personnes/cellule/actions/?etat=done")
"""What the identity unit walks through, and an address that a filter alone leads to."""


def name_of(patient_id: UUID) -> str:
    """By which a patient is searched."""
    return RegionalIdentity.objects.get(pk=patient_id).birth_name


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
    home_monitoring.draft(desk)
    home_monitoring.close_team(desk)
    plans.model("draft")
    plans.model()
    link, paper = offer_of(w), vaccination.lived_in(w)
    beds_of(w)
    operated(w, desk)
    accounts = accounts_of(w)
    receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    identity_desk.lived_in()
    identity_governance.lived_in()
    own = f"/dossier/{w.patient.pk}/"
    request, returns = qualified(w.other.pk, w.place, w.actor), pages_of_return(w)
    inside = [
        "/", "/mes-listes/", "/quoi-de-neuf/", "/personnes/", "/annuaire/", "/notifications/preferences/",
        "/notifications/", "/compte/password/change/", "/agenda/", "/agenda/nouveau/", "/messagerie/",
        "/messagerie/nouvelle/", "/astreintes/", "/demandes/", "/coordination/", "/cercle/demandes/",
        "/plan-sante/", "/lits/", "/lits/cellule/", "/offre/", "/offre/mes-unites/", "/compte/applications/",
        "/surveillance/",
        f"/annuaire/professionnel/{professional().pk}/", f"/annuaire/structure/{w.elsewhere.pk}/",
        f"/annuaire/entite-juridique/{answerable().pk}/",
        "/demandes/tableau/essai/?q=domicile", f"/cercle/{w.patient.pk}/ajouter/structure/{w.elsewhere.id}/",
        f"/coordination/dossier/{w.other.pk}/inclure/{request.pk}/", own, *returns,
    ]  # fmt: skip
    acts.typed(w)
    doctor = w.inside("physician")
    [unknown] = create_emergency(
        sex="U", age=None, circumstance="Trouvé inconscient à la gare", by=actor_for(doctor)
    )
    outsider = UserFactory(role="physician")
    person = w.inside("patient")
    trust = trust_of(w, desk, doctor, person)
    sealed = identity._seal(w.patient.pk, outsider.pk)
    doors = [f"/cercle/demander/{sealed}/", f"/bris-de-glace/{sealed}/"]
    lists = "/dossier/listes-actives/"
    return LivedIn(
        {
            "sent_a_link": Person(None, [reverse("offer:verify_link", args=[link])], ("/offre/exact/",)),
            "holder_of_paper": Person(None, [paper], ("/vaccination/attestation/",)),
            "pharmacist": Person(
                w.inside("pharmacist"), ["/vaccination/", f"/vaccination/dossier/{w.patient.pk}/"],
                ("/vaccination/",), False,
            ),
            "outsider": Person(outsider, doors, ("/cercle/", "/bris-de-glace/"), False),
            "secretary": Person(w.inside("secretary"), [lists], (lists,)),
            "patient": Person(
                person, [own, "/mes-acces/", "/notifications/", returns[0]],
                ("/dossier/", "/mes-acces/", "/plans/", "/formulaires/", "/agenda/", "/messagerie/", "/cercle/",
                 "/surveillance/", "/vaccination/", "/plan-sante/", "/retour-a-domicile/"),
            ),
            "coordinator": Person(w.right, inside),
            "physician": Person(
                doctor,
                [
                    "/dossier/nouveau/", "/personnes/nouvelle/", f"/personnes/{w.patient.pk}/identite/",
                    "/personnes/urgence/", "/personnes/urgence/nouvelle/",
                    f"/personnes/{unknown.identity.patient_id}/urgence/qui/?q={name_of(w.patient.pk)}",
                ],
                ("/dossier/nouveau", "/personnes/"),
                False,
            ),
            "operator": Person(
                desk.right,
                [*(one for one in OPERATED if one != "/surveillance/"), "/notifications/envois/", "/lits/cellule/",
                 "/surveillance/protocoles/", "/surveillance/equipes/?structure=Clinique",
                 f"/compte/referents/{w.place.pk}/",
                 "/habilitations/historique/"],
                (*OPERATED, "/vaccination/"),
            ),
            "officer": Person(w.user("identity_officer"), list(UNIT), UNIT[:1]),
        }
        | accounts
        | trust
    )  # fmt: skip
