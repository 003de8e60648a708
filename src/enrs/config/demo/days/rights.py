"""Records opened in an emergency in the last weeks, and what the data-protection officer said of them."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import break_glass
from enrs.core.access.models import BreakGlass, Grant
from enrs.core.access.rules import REGULATION, purpose_of_glass
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.demo import keep_lines, past_line
from enrs.core.effects import act
from enrs.core.notifications.commands.leaving import empty_contents
from enrs.core.notifications.demo import tell_events
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.rules import Traits
from enrs.referentials.offer.queries.rights import regulating_sites
from enrs.services.record.commands import (
    keep_secret,
    mask_document,
    record_stay,
    withhold_document,
)
from enrs.services.record.queries import documents
from enrs.services.record.queries.secrets import offered
from enrs.services.record.rules import NewStay
from enrs.services.rights import commands
from enrs.services.rights.models import (
    Approval,
    DataCopy,
    Glass,
    GlassAct,
    RequestAct,
    Restriction,
    Retention,
    RightsRequest,
)
from enrs.services.rights.queries.reviews import Period, opened_lines
from enrs.services.rights.rules import requests as rules
from enrs.services.rights.rules.copies import KEPT

OFFICER: Final = "castaing"
OPENINGS: Final = (
    ("benhamou", "moreau", 41, "samu", "Régulation : chute avec perte de connaissance, antécédents à connaître.",
     "justified"),
    ("letallec", "moreau", 33, "continuity", "Vérification d’un rendez-vous pour une connaissance.", "unjustified"),
    ("benhamou", "moreau", 19, "emergency", "Convulsions aux urgences, traitement en cours inconnu.", "pending"),
    ("nguyen", "moreau", 9, "continuity", "Ordonnance illisible, doute à lever avant la délivrance de ce soir.",
     "asked"),
    ("benhamou", "moreau", 4, "emergency", "Douleur thoracique, patient confus, aucun document sur lui.",
     "explained"),
)  # fmt: skip
"""Who opened the record of somebody whom the second follows, how many days ago, why, what was said of it."""

READ: Final = ("record.summary.read", "record.results.read", "record.document.read")
ASKED: Final = "Le journal montre une lecture des résultats : en quoi étaient-ils nécessaires ?"
EXPLAINED: Final = (
    "Personne ne pouvait répondre pour lui : il fallait connaître ses traitements avant tout geste."
)
JUDGED: Final = {
    "justified": "Appel du centre 15 retrouvé à la même heure, lectures limitées à la synthèse.",
    "unjustified": "Aucun soin n’était en cours : l’accès ne répondait à aucune urgence.",
}


def play(stage: Stage) -> None:
    """Five openings with the one of two nights ago, each at another state."""
    for login, owner, days, code, reason, fate in OPENINGS:
        patient_id = _outside(stage, owner, login)
        if patient_id is None:
            continue
        by = _regulator(stage, login) if code == REGULATION else stage.actor(login)
        with acting(by):
            opening = break_glass(patient_id=patient_id, reason_code=code, reason_text=reason)
        at = stage.at(-days, 3, 10)
        closed = at + timedelta(hours=8)
        BreakGlass.objects.filter(pk=opening.pk).update(opened_at=at, closes_at=closed)
        Grant.objects.filter(source_id=opening.pk).update(valid_from=at, valid_until=closed)
        tell_events(at, is_read=True)
        _read(stage, by, patient_id, at, purpose_of_glass(code))
        commands.receive_openings(ids=[opening.pk])
        _answer(stage, opening.pk, login, fate, at)
    known = set(Glass.objects.values_list("pk", flat=True))
    commands.receive_openings()
    for held in Glass.objects.exclude(pk__in=known).order_by("id"):
        _read(stage, stage.actor("letallec"), held.patient_id, held.opened_at, "break_glass")
    _reviews(stage)
    _requests(stage)
    _at_their_term(stage)
    _secret(stage)
    _masks(stage)
    tell_events(stage.ago(hours=20), is_read=False)
    while empty_contents(stage.now):
        pass  # what was told weeks ago is as the nightly job left it


REFERENT: Final = "petit"
ASKED_LINES: Final = (
    ("À quel titre avez-vous ouvert ce dossier en urgence ?", "De garde aux urgences, où elle était adressée."),
    ("Cette personne n’est plus hospitalisée : qu’est-ce qui vous y amenait ?", ""),
)  # fmt: skip
"""What the hospital's referent asks about the accesses of colleagues, and the answer."""


def _reviews(stage: Stage) -> None:
    """The hospital's referent read the accesses of their people: two are asked about, one answered, the next seen."""
    place = stage.place_of(REFERENT).grantee_id
    now = timezone.now()
    period = Period(now - timedelta(days=30), now)
    with act(), acting(stage.actor(REFERENT)) as by:
        found = [
            one for one in opened_lines(place=place, period=period) if one.user_id != by.user_id
        ]
        for rank, line in enumerate(found[:3]):
            asked, answer = ASKED_LINES[rank] if rank < len(ASKED_LINES) else ("", "")
            held = commands.mark_line(
                place=place, user_id=line.user_id, reference=line.reference, period=period,
                mark="asked" if asked else "seen", text=asked,
            )  # fmt: skip
            if answer:
                opener = User.objects.get(pk=line.user_id)
                with acting(actor_of(opener)):
                    commands.explain_line(review=held, text=answer)
    tell_events(stage.ago(hours=30), is_read=False)


ASKED_RIGHTS: Final = (
    ("marchand", "marchand", 3, "copy", "Une copie de mes résultats et de mes comptes rendus depuis dix ans.", ""),
    ("aubertin", "aubertin_lucien", 12, "rectification", "L’adresse de mon père est celle de son ancien logement.",
     "answered"),
    ("aubertin", "aubertin_lucien", 8, "restriction",
     "Je conteste deux comptes rendus de mon père : limitez leur usage le temps de vérifier.", "restricted"),
    ("montbel", "montbel", 20, "opposition", "Je ne veux pas recevoir d’invitations à des enquêtes.", ""),
)  # fmt: skip
"""Who asks from their space, about whom, how many days ago, what, what became of it."""
ANSWERED: Final = (
    "L’adresse est corrigée depuis ce jour ; les structures qui le suivent reçoivent la nouvelle."
)
RESTRICTED: Final = (
    "Le traitement est limité le temps de vérifier ces deux comptes rendus. Les soins continuent."
)
LETTERS: Final = (
    ("Jeanne PRUVOST", 11, "access", "Je souhaite consulter mon dossier avant ma consultation.", "none", ""),
    ("Achille FONTENEAU", 47, "restriction", "Ne plus utiliser mes données pendant la contestation en cours.", "copy",
     "unfounded"),
)  # fmt: skip
REFUSED: Final = (
    "Nous vous avons écrit deux fois pour savoir quelle contestation est en cours, sans réponse."
)


def _requests(stage: Stage) -> None:
    """What people asked from their space, and what came by letter: one late, one answered, one refused."""
    for login, life, days, kind, text, fate in ASKED_RIGHTS:
        with acting(stage.actor(login)):
            made = commands.ask_right(patient_id=stage.lives[life].id, kind=kind, text=text)
        if fate:
            with acting(stage.actor(OFFICER)):
                if fate == "restricted":
                    held = commands.restrict(asked=made, text=RESTRICTED)
                    Restriction.objects.filter(pk=held.pk).update(placed_at=stage.at(3 - days, 10))
                else:
                    commands.answer_right(asked=made, text=ANSWERED)
        _date(stage, made, days)
    for name, days, kind, text, identity, refusal in LETTERS:
        with acting(stage.actor(OFFICER)):
            made = commands.register_right(
                kind=kind, origin="letter", person_name=name, asker_name="", asker_quality="", text=text,
                address="3 rue des Érables\n77000 Melun", identity=identity, received_on=stage.today,
            )  # fmt: skip
            if refusal:
                commands.refuse_right(asked=made, refusal_code=refusal, text=REFUSED)
        _date(stage, made, days)
    _copy(stage, "aubertin", "aubertin_lucien", 2)
    with acting(stage.actor(OFFICER)):
        made = commands.register_right(
            kind="heir", origin="letter", person_name="Aristide DAMVILLE", asker_name="Solène DAMVILLE",
            asker_quality="", heir_quality="heir", motive="cause", identity="copy", received_on=stage.today,
            text="Je souhaite connaître les causes du décès de mon père.", is_old=True,
            address="14 quai des Tanneurs\n77160 Provins",
        )  # fmt: skip
    _date(stage, made, 6)


def _copy(stage: Stage, login: str, life: str, days: int) -> None:
    """A copy of somebody's data, asked and made days ago, that is still there."""
    with acting(stage.actor(login)):
        asked = commands.ask_copy(patient_id=stage.lives[life].id)
    commands.make_copies()
    made = DataCopy.objects.get(pk=asked.pk)
    made.asked_at = made.next_at = stage.at(-days, 18)
    made.ready_at = made.asked_at + timedelta(minutes=1)
    made.expires_at = made.ready_at + KEPT
    made.save(update_fields=["asked_at", "next_at", "ready_at", "expires_at"])
    tell_events(made.ready_at, is_read=True)


LONG_GONE: Final = (
    ("VAUQUELIN", "Honorine", "1921-04-02", "F", 22, 0, ""),
    ("ESTIENNE", "Fulgence", "1938-11-19", "M", 21, 0, "kept"),
    ("PEYRAC", "Oriane", "1977-02-28", "F", 24, 0, ""),
    ("DAMVILLE", "Aristide", "1930-07-14", "M", 16, 11, ""),
    ("LORMEAU", "Blanche", "1944-09-05", "F", 27, 0, "approved"),
    ("SAUVETERRE", "Gaspard", "1926-12-24", "M", 30, 0, "erased"),
)  # fmt: skip
"""Who has not come for so many years, or died since; what the officer decided."""
DECISION: Final = "Décision du directeur du 4 du mois, avis favorable du médecin responsable de l’information médicale."
DISPUTE: Final = "Recours devant la commission de conciliation et d’indemnisation, dossier 77-118."


def _at_their_term(stage: Stage) -> None:
    """Old records of a hospital that was taken over: listed, one kept for an appeal, one approved, one erased."""
    people = {}
    for rank, (family, given, birth, sex, years, death, fate) in enumerate(LONG_GONE):
        died = stage.ago(days=365.25 * death) if death else None
        identity = receive_identity(
            system="urn:oid:1.2.250.1.999.77.2", value=f"A{4100 + rank}", sender="Reprise d’archives",
            traits=Traits(birth_name=family, first_given_name=given.upper(), given_names=given.upper(),
                          birth_date=birth, sex=sex, deceased_at=died),
        )  # fmt: skip
        left = stage.ago(days=365.25 * years)
        record_stay(
            identity_id=identity.id, patient_id=identity.patient_id, source="Reprise d’archives",
            stay=NewStay(
                system="urn:oid:1.2.250.1.999.77.3", number=f"SA{4100 + rank}", event="A03", happened_at=left,
                admitted_at=left - timedelta(days=6), discharged_at=left,
                organisation_name="Ancien hôpital de Provins", unit="Médecine",
            ),
        )  # fmt: skip
        people[identity.patient_id] = fate
    commands.sweep_retention(ids=list(people))
    with acting(stage.actor(OFFICER)):
        for row in Retention.objects.filter(patient_id__in=people).order_by("id"):
            fate = people[row.patient_id]
            if fate == "kept":
                commands.keep_back(
                    record=row, hold_code="dispute", hold_text=DISPUTE,
                    hold_from=stage.today - timedelta(days=190),
                )  # fmt: skip
            elif fate:
                made = commands.approve(records=[row.pk], decision=DECISION, visa="AD 77, visa 118")
                days = 6 if fate == "erased" else 1
                Approval.objects.filter(pk=made.pk).update(at=stage.ago(days=days))
    commands.erase_next()


SECRET: Final[dict[str, Any]] = {
    "ground": "care", "what": "Consultation de prévention", "is_asked": True, "is_consent_tried": True,
    "companion_name": "Maïwenn KERVELLA", "companion_link": "Tante",
}  # fmt: skip


AWAITED: Final = "Imagerie à expliquer de vive voix : consultation d’annonce jeudi."


def _secret(stage: Stage) -> None:
    """An adolescent whom the general practitioner follows keeps the newest document from their parents."""
    oldest, youngest = (stage.today - timedelta(days=years * 365) for years in (17, 14))
    minors = RegionalIdentity.objects.filter(
        patient_id__in=stage.ids_of("moreau"), birth_date__gt=oldest.isoformat(),
        birth_date__lt=youngest.isoformat(),
    )  # fmt: skip
    with acting(stage.actor("moreau")):
        for minor in minors.order_by("name_key", "patient_id"):
            found = offered(minor.patient_id, role="physician")[:1]
            if found:
                keep_secret(patient_id=minor.patient_id, items=[found[0].id], **SECRET)
                return


def _masks(stage: Stage) -> None:
    """A patient masks an old letter from professionals; a doctor waits for a consultation to show another one."""
    owner, other = stage.lives["marchand"].id, stage.lives["montbel"].id
    with acting(stage.actor("marchand")):
        for one in documents(owner, role="patient")[2:3]:
            mask_document(document=one)
    for login in ("moreau", "benhamou"):
        if other not in stage.ids_of(login):
            continue
        with acting(stage.actor(login)):
            for one in documents(other, role="physician")[:1]:
                if not one.hidden_from_patient:
                    withhold_document(document=one, reason=AWAITED)
        return


def _date(stage: Stage, made: RightsRequest, days: int) -> None:
    """A request and its acts, as if they were of those days."""
    day = stage.today - timedelta(days=days)
    held = RightsRequest.objects.get(pk=made.pk)
    held.received_on = day
    held.due_on = rules.due_on(kind=held.kind, received_on=day, is_old=held.is_old)
    held.closed_at = stage.at(3 - days, 10) if held.closed_at else None
    held.save(update_fields=["received_on", "due_on", "closed_at"])
    for rank, said in enumerate(RequestAct.objects.filter(asked=held).order_by("at", "id")):
        said.at = stage.at(3 * rank - days, 10)
        said.save(update_fields=["at"])
    tell_events(stage.at(-days, 10), is_read=days > 14)


def _outside(stage: Stage, owner: str, login: str) -> UUID | None:
    """Somebody whom the one follows and the other does not, whose record nobody opened yet."""
    theirs = set(stage.ids_of(login)) | {one.id for one in stage.lives.values()}
    opened = set(BreakGlass.objects.values_list("patient_id", flat=True))
    return next((one for one in stage.ids_of(owner) if one not in theirs | opened), None)


def _regulator(stage: Stage, login: str) -> Actor:
    """A physician of the hospital in another position of theirs: the turns that they take at the centre 15."""
    user, site = stage.users[login], regulating_sites()[0]
    held = Position.objects.create(
        user=user, organisation_id=site.id, organisation_name=site.name, role="physician",
        profession_code="10", label="Médecin régulateur",
    )  # fmt: skip
    return actor_of(user, str(held.id))


def _read(stage: Stage, by: Actor, patient_id: UUID, at: datetime, purpose: str) -> None:
    lines = [
        past_line(action, actor=by, at=at + timedelta(minutes=2 + 3 * rank),
                  patient_id=patient_id, purpose=purpose)
        for rank, action in enumerate(READ)
    ]  # fmt: skip
    keep_lines(stage.rows, lines)


def _answer(stage: Stage, glass_id: UUID, login: str, fate: str, at: datetime) -> None:
    """What was said, each a day after the other."""
    held = Glass.objects.get(pk=glass_id)
    with acting(stage.actor(OFFICER)):
        if fate in JUDGED:
            commands.judge_glass(glass=held, verdict=fate, text=JUDGED[fate])
        elif fate != "pending":
            commands.ask_explanation(glass=held, text=ASKED)
    if fate == "explained":
        with acting(stage.actor(login)):
            commands.explain_glass(glass=held, text=EXPLAINED)
    for rank, said in enumerate(GlassAct.objects.filter(glass=held).order_by("at", "id"), 1):
        said.at = min(at + timedelta(days=rank), stage.ago(hours=2))
        said.save(update_fields=["at"])
        tell_events(said.at, is_read=fate in JUDGED)
