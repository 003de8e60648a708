"""Who answers for the accounts of two structures, and what waits on their desks."""

from datetime import timedelta

from django.utils import timezone

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.core.notifications.models import Sending
from enrs.referentials.directory.models import Practitioner
from enrs.services.portal import commands
from enrs.services.portal.models import (
    Announcement,
    AnnouncementChange,
    Enrolment,
    FactorHelp,
    Review,
)
from enrs.services.portal.queries import enrolment as queries

ASKING = 2
"""Colleagues who ask the hospital to vouch for them, and one by letter."""


def play(stage: Stage) -> None:
    """The hospital's referent and the one of its nights; the coordination team's; requests and a help."""
    hospital, desk = stage.place_of("petit"), stage.place_of("lambert")
    for login, place in (("petit", hospital), ("lambert", desk)):
        commands.name_referent(
            organisation_id=place.grantee_id, user_id=stage.users[login].id, kind="referent"
        )
    with acting(stage.actor("petit")):
        commands.name_referent(
            organisation_id=hospital.grantee_id,
            user_id=stage.users["benhamou"].id,
            kind="on_call",
            until=stage.at(90, 23, 59),
        )
        commands.register_post(
            organisation_id=hospital.grantee_id, unit="Médecine B, poste infirmier"
        )
    _tell_reviews(stage)
    _tell_requests(stage)
    _tell_help(stage)
    _tell_kiosk(stage)
    with acting(stage.actor("lambert")):
        commands.register_local(
            organisation_id=desk.grantee_id,
            given="Nawel",
            family="Haddad",
            function_code="social_worker",
            proof="Carte nationale d’identité",
        )
        commands.register_local(
            organisation_id=desk.grantee_id,
            given="Théo",
            family="Garnier-Lassalle",
            function_code="coordinator",
            proof="Passeport",
        )
    with acting(SYSTEM):
        commands.propose_numbers()
    # The referent's mail left as soon as it was written: nothing of the day waits to leave.
    Sending.objects.filter(kind="portal.number.proposed").update(
        state=Sending.State.SENT, attempts=1, left_at=stage.now, ended_at=stage.now
    )


def _tell_kiosk(stage: Stage) -> None:
    """A maintenance this evening, a slow flow now, one that was; and what some people keep first."""
    told = (
        ("Chargement de l’annuaire", "Les fiches de cette nuit paraîtront avec du retard.",
         stage.at(-6, 6), stage.at(-6, 9), "information", ()),
        ("Résultats de laboratoire ralentis", "Un laboratoire envoie ses résultats avec une heure de retard : "
         "pour un résultat urgent, téléphonez-lui.",
         stage.ago(minutes=50), stage.now + timedelta(hours=5), "attention", ("physician", "nurse", "midwife")),
        ("Maintenance de la messagerie", "La messagerie sera fermée une heure. Vos messages déjà écrits sont "
         "gardés.", stage.at(2, 22), stage.at(2, 23), "information", ()),
    )  # fmt: skip
    with acting(stage.actor("roux")):
        for title, text, start, end, tone, roles in told:
            # One that is over is published for a moment: the clock's, for a seed may take its time.
            until = end if end > stage.now else timezone.now() + timedelta(minutes=1)
            made = commands.publish_announcement(
                words=commands.Words(title, text, start, until, tone, roles)
            )
            AnnouncementChange.objects.filter(announcement=made).update(
                at=min(start, stage.ago(hours=1)), ends_at=end
            )
            Announcement.objects.filter(pk=made.pk).update(ends_at=end)
    for login, keys in (
        ("petit", ("offer:beds", "offer:threads")),
        ("letallec", ("offer:beds", "offer:tasks")),
        ("roux", ("offer:portal_announcements", "offer:applications")),
    ):
        with acting(stage.actor(login)):
            for key in keys:
                commands.keep_favourite(key=key)


def _tell_reviews(stage: Stage) -> None:
    """The accounts are a year old; the hospital confirmed one of its people lately, not the night nurse."""
    User.objects.filter(is_demo=True).update(created_at=stage.ago(days=380))
    place = stage.place_of("petit").grantee_id
    for login, days in (("benhamou", 40), ("petit", 40), ("letallec", 230)):
        Review.objects.create(
            user_id=stage.users[login].id,
            organisation_id=place,
            confirmed_at=stage.ago(days=days),
            confirmed_by=stage.users["petit"].name,
        )


def _tell_requests(stage: Stage) -> None:
    """Two colleagues wait for somebody who knows them, a third for a letter."""
    place = stage.place_of("petit").grantee_id
    made: list[Enrolment] = []
    for one in Practitioner.objects.filter(
        pk__in=[who.grantee_id for who in stage.colleagues("petit", 12)]
    ).order_by("id"):
        held, known = queries.place_of(one.id, place), queries.subject(one.idnat)
        if held is None or known is None or not held.address or len(made) > ASKING:
            continue
        begun = Enrolment.objects.create(
            subject_id=known.id, name=known.name, label=known.label, number=known.number
        )
        is_letter = len(made) == ASKING
        ask = commands.ask_letter if is_letter else commands.ask_referent
        made.append(ask(enrolment=begun, organisation_id=place))
    for rank, begun in enumerate(made):
        at = stage.ago(hours=3 + 20 * rank)
        Enrolment.objects.filter(pk=begun.pk).update(
            begun_at=at - timedelta(minutes=2), asked_at=at
        )


def _tell_help(stage: Stage) -> None:
    """Three nights ago the on-call referent solved the night nurse's forgotten telephone."""
    at = stage.at(-3, 2, 12)
    nurse, doctor = stage.users["letallec"], stage.users["benhamou"]
    FactorHelp.objects.create(
        user_id=nurse.id,
        name=nurse.name,
        organisation_id=stage.place_of("letallec").grantee_id,
        helped_by_id=doctor.id,
        helped_by=doctor.name,
        recognised="call_back",
        given_at=at,
        used_at=at + timedelta(minutes=4),
    )
