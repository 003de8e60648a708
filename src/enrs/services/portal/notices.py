"""The notices of the portal: codes that leave, and what people are told about their account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from enrs.core.access.models import Grant
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.notifications.registry import Telling, register_kind
from enrs.referentials.circles.commands import publish_circles
from enrs.services.portal.commands.bridge import propose_numbers
from enrs.services.portal.commands.closing import follow_positions
from enrs.services.portal.models import Closing, Enrolment, FactorHelp, LocalPerson, Referent
from enrs.services.portal.queries.people import account_of, referents_of

PUBLISHED_AT_ONCE = 500
"""Circles published in one write."""


def _desk(_details: Any) -> str:
    return reverse("portal:desk")


def _sessions(_details: Any) -> str:
    return reverse("usersessions_list")


def _helped(event: OutboxEvent) -> Telling:
    """The person, and everybody who answers for the structure: a help given at night is seen by day."""
    made = FactorHelp.objects.get(pk=event.payload["ids"][0])
    told = {made.user_id, made.helped_by_id} | _referents(made.organisation_id)
    return Telling(told, {"by": made.helped_by, "name": made.name})


def _vouch_asked(event: OutboxEvent) -> Telling:
    made = Enrolment.objects.get(pk=event.payload["ids"][0])
    told = _referents(made.organisation_id) if made.organisation_id else set()
    return Telling(told, {"name": made.name, "label": made.label})


def _named(event: OutboxEvent) -> Telling:
    made = Referent.objects.get(pk=event.payload["ids"][0])
    return Telling({made.user_id}, {"place": made.organisation_name, "by": made.named_by})


def _closed(event: OutboxEvent) -> Telling:
    made = Closing.objects.get(pk=event.payload["ids"][0])
    place = made.organisation_name or settings.REGION.name
    return Telling({made.user_id}, {"place": place, "by": made.closed_by})


def _reopened(event: OutboxEvent) -> Telling:
    made = Closing.objects.get(pk=event.payload["ids"][0])
    place = made.organisation_name or settings.REGION.name
    return Telling({made.user_id}, {"place": place, "by": made.reopened_by})


def _merged(event: OutboxEvent) -> Telling:
    made = LocalPerson.objects.get(pk=event.payload["ids"][0])
    user = account_of(made.merged_into) if made.merged_into else None
    return Telling({user.id} if user else set(), {"by": made.merged_by})


def _propose(_event: OutboxEvent) -> None:
    """The directory has a new load: it may know somebody of the local register."""
    propose_numbers()


def _publish_moved(event: OutboxEvent) -> None:
    """The circles in which somebody of the register stood name the national person: they are published again."""
    held = Grant.objects.filter(grantee_id__in=event.payload["ids"], source_kind="circle")
    patients = list(held.order_by("patient_id").values_list("patient_id", flat=True).distinct())
    for first in range(0, len(patients), PUBLISHED_AT_ONCE):
        publish_circles(patients[first : first + PUBLISHED_AT_ONCE])


def _referents(organisation_id: UUID) -> set[UUID]:
    return {one.user_id for one in referents_of(organisation_id)}


def _follow(event: OutboxEvent) -> None:
    """The directory changed somebody's positions: their account follows."""
    for topic in event.topics:
        name, _, key = topic.partition(":")
        if name == "user":
            follow_positions(UUID(key))


PROFESSIONAL = ("professional",)
register_kind(
    "portal.enrolment.code",
    label="Code d’ouverture de mon compte",
    icon="key",
    urgency="urgent",
    channels=(),
    mail_subject="Votre code pour ouvrir un compte",
    mail_text="Votre code est {code}. Il vaut 15 minutes. Si vous n’avez rien demandé, ne faites rien : "
    "sans ce code, personne n’ouvre de compte à votre nom. Ne le donnez à personne.",
)
register_kind(
    "portal.account.opened",
    label="Un compte est ouvert à mon nom",
    icon="person-check",
    urgency="urgent",
    channels=(),
    mail_subject="Un compte vient d’être ouvert à votre nom",
    mail_text="Un compte professionnel vient d’être ouvert à votre nom dans l’espace {region}. Si ce n’est pas "
    "vous, appelez sans attendre {contact}.",
)
register_kind(
    "portal.access.opened",
    label="Un accès à mon dossier est ouvert",
    icon="person-check",
    urgency="urgent",
    channels=(),
    mail_subject="Votre accès vient d’être ouvert",
    mail_text="Un accès à l’espace {region} vient d’être ouvert à votre nom, avec FranceConnect. Si ce n’est pas "
    "vous, appelez sans attendre {contact}.",
)
register_kind(
    "portal.account.closed",
    label="Mon compte est fermé",
    icon="door-closed",
    channels=(),
    mail_subject="Votre compte est fermé",
    mail_text="Votre compte de l’espace {region} est fermé : il ne permet plus de se connecter. Si c’est une "
    "erreur, appelez le référent de votre structure, ou {contact}. Rien n’est perdu : il peut être rouvert.",
)
register_kind(
    "portal.factor.helped",
    label="Un second facteur est dépanné",
    text="{by} a donné à {name} un code de dépannage, à la place du second facteur.",
    icon="phone-vibrate",
    link=_sessions,
    link_label="Voir mes sessions",
    tell=_helped,
    urgency="urgent",
    channels=("mail",),
    mail_text="Un code de dépannage a remplacé un second facteur {at}. Si vous n’êtes pas au courant, "
    "appelez le référent de votre structure.",
    audience=PROFESSIONAL,
)
register_kind(
    "portal.vouch.asked",
    label="Quelqu’un demande un compte dans ma structure",
    text="{name} ({label}) demande un compte et vous prie de confirmer son identité.",
    icon="person-plus",
    link=_desk,
    link_label="Répondre",
    tell=_vouch_asked,
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.review.late",
    label="Des personnes de ma structure attendent ma confirmation",
    text="{place} : {count} à confirmer. Travaillent-elles toujours ici ?",
    icon="person-check",
    link=_desk,
    link_label="Confirmer",
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.review.unheld",
    label="Des structures sans référent ont des comptes à confirmer",
    text="Structures qui ont des comptes à confirmer et dont personne ne répond : {count}. Nommez des référents.",
    icon="person-exclamation",
    link=lambda _: reverse("portal:referent_places"),
    link_label="Nommer un référent",
    audience=("operator",),
)
register_kind(
    "portal.referent.named",
    label="Je réponds pour une structure",
    text="{by} vous a confié les comptes de {place}.",
    icon="person-badge",
    link=_desk,
    link_label="Ouvrir",
    tell=_named,
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.access.closed",
    label="Un de mes accès est fermé",
    text="Votre accès à {place} est fermé ({by}).",
    icon="door-closed",
    tell=_closed,
    link_label="",
    channels=("mail",),
    mail_subject="Un de vos accès est fermé",
    mail_text="Un de vos accès à l’espace {region} est fermé depuis {at}. Si c’est une erreur, appelez le "
    "référent de votre structure.",
    audience=PROFESSIONAL,
)
register_kind(
    "portal.access.reopened",
    label="Un de mes accès est rouvert",
    text="Votre accès à {place} est rouvert ({by}).",
    icon="door-open",
    tell=_reopened,
    link_label="",
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.number.proposed",
    label="Un numéro national est à vérifier dans ma structure",
    text="L’annuaire connaît peut-être le numéro national de {name} : à vérifier.",
    icon="person-vcard",
    link=_desk,
    link_label="Vérifier",
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.number.asked",
    label="Mon numéro national est peut-être arrivé",
    text="L’annuaire connaît peut-être votre numéro national. Dites si c’est bien vous.",
    icon="person-vcard",
    link=lambda _: reverse("portal:own_number"),
    link_label="Répondre",
    channels=("mail",),
    audience=PROFESSIONAL,
)
register_kind(
    "portal.local.merged",
    label="Mon numéro national est rattaché à mon compte",
    text="{by} a rattaché votre numéro national à votre compte. Vos droits ont suivi.",
    icon="person-check",
    tell=_merged,
    link_label="",
    channels=("mail",),
    mail_text="Votre numéro national est rattaché à votre compte de l’espace {region} depuis {at}. Si ce n’est "
    "pas le vôtre, prévenez le référent de votre structure.",
    audience=PROFESSIONAL,
)
subscribe("portal.numbers", {"directory.file.loaded"}, _propose)
subscribe("portal.circles", {"portal.local.merged"}, _publish_moved)
subscribe("portal.accounts", {"accounts.positions.synced"}, _follow)
