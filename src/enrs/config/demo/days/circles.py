"""Around the circles: who asks for access, what was consented or opposed, a broken glass, who looked."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.access.commands import break_glass
from enrs.core.access.models import BreakGlass, Grant
from enrs.core.audit.demo import keep_lines, past_line
from enrs.core.audit.rules import Line
from enrs.core.ids import uuid7
from enrs.core.notifications.demo import tell_events
from enrs.referentials.circles import commands
from enrs.referentials.circles.measures import Decided
from enrs.referentials.circles.models import AccessRequest

ASKED: Final = (
    ("benhamou", "moreau", 5, "", "Adressée à ma consultation pour un diabète mal équilibré."),
    ("nguyen", "moreau", 27, "", "Patient de l’officine, bilan de médication prévu cette semaine."),
    ("kouassi", "benhamou", 9, "", "Soins à domicile demandés à la sortie, à partir de lundi."),
    ("moreau", "benhamou", 50, "", "Devient mon patient : déclaration de médecin traitant signée hier."),
    ("ferreira", "moreau", 75, "declined", "Résultats anciens demandés pour comparaison."),
    ("letallec", "moreau", 120, "accepted", "Retour d’hospitalisation à suivre avec l’équipe de nuit."),
)  # fmt: skip
"""Who asks, who answers, how many hours ago, what came of it, why."""

ANSWERS: Final = {
    "declined": "Les résultats utiles sont joints à l’ordonnance : inutile d’entrer dans le cercle.",
    "accepted": "D’accord, la personne est informée.",
}

READINGS: Final = (
    ("moreau", "care_team", ("record.summary.read", "record.results.read", "record.document.read")),
    ("kouassi", "care_team", ("record.notes.read", "record.summary.read", "circle.read")),
    ("benhamou", "care_team", ("record.results.read", "record.life_line.read")),
    ("nguyen", "care_team", ("record.summary.read",)),
    ("letallec", "organisation", ("record.summary.read", "record.notes.read")),
    ("traore", "care_team", ("circle.read",)),
)  # fmt: skip
PERSONS: Final = {
    "marchand": ("marchand", "self"),
    "montbel": ("montbel", "self"),
    "aubertin_lucien": ("aubertin", "proxy"),
    "benslimane_ines": ("benslimane", "proxy"),
    "benslimane_adam": ("benslimane", "proxy"),
}
DAYS: Final = 40
UNREAD: Final = 24
"""Hours after which a notice has been read."""


def play(stage: Stage) -> None:
    """Requests and their answers, the person's own acts, then the journal."""
    for asker, owner, hours, outcome, reason in ASKED:
        _ask(stage, asker, owner, hours, outcome, reason)
    _consents(stage)
    _measures(stage)
    _glass(stage)
    for life, (login, purpose) in PERSONS.items():
        keep_lines(stage.rows, _journal(stage, life, login, purpose))


def _outside(stage: Stage, owner: str, asker: str) -> UUID | None:
    """Somebody whom the one follows and the other does not, whose circle nobody asked for yet."""
    theirs = set(stage.ids_of(asker)) | {one.id for one in stage.lives.values()}
    asked = set(AccessRequest.objects.values_list("patient_id", flat=True))
    return next((one for one in stage.ids_of(owner) if one not in theirs | asked), None)


def _ask(stage: Stage, asker: str, owner: str, hours: int, outcome: str, reason: str) -> None:  # noqa: PLR0917  one line of `ASKED`
    patient_id = _outside(stage, owner, asker)
    if patient_id is None:
        return
    with acting(stage.actor(asker)):
        request = commands.request_access(patient_id=patient_id, reason=reason)
    asked_at = stage.ago(hours=hours)
    if outcome:
        with acting(stage.actor(owner)):
            commands.answer_request(
                request=request, accepted=outcome == "accepted", answer=ANSWERS[outcome],
                informed_on=stage.today,
            )  # fmt: skip
    moments = {"asked_at": asked_at} | (
        {"answered_at": asked_at + timedelta(hours=3)} if outcome else {}
    )
    AccessRequest.objects.filter(pk=request.pk).update(**moments)
    tell_events(asked_at, is_read=bool(outcome) or hours > UNREAD)


def _consents(stage: Stage) -> None:
    """A consent collected by the doctor, an opposition that the person states herself."""
    marchand = stage.lives["marchand"].id
    desk = stage.place_of("traore")
    with acting(stage.actor("moreau")):
        commands.record_consent(
            patient_id=marchand, grantee_id=desk.grantee_id, grantee_display=desk.name,
            given_on=stage.today - timedelta(days=20), means="written", leaflet_version="2026-1",
        )  # fmt: skip
    refused = stage.colleagues("benhamou", 6)[-1:]
    with acting(stage.actor("marchand")):
        for one in refused:
            commands.oppose(
                patient_id=marchand, grantee_id=one.grantee_id, grantee_display=one.name,
                informed_on=stage.today - timedelta(days=12), means="electronic",
                reason="Une connaissance de ma famille.",
            )  # fmt: skip
    tell_events(stage.ago(days=12), is_read=True)


def _measures(stage: Stage) -> None:
    """A curator to whom the person may open her record, and a tutelle that ends next month."""
    marchand = stage.lives["marchand"].id
    followed = (one for one in stage.ids_of("moreau") if one != marchand)
    protected = next(followed, marchand)
    for patient_id, kind, name, label, began, ends in (
        (marchand, "curatelle_simple", "Solange PRUVOT", "Curatrice, service mandataire", 200, 900),
        (protected, "tutelle", "Bernard LELEU", "Fils, tuteur", 1780, 40),
    ):
        with acting(stage.actor("moreau")):
            commands.add_member(
                patient_id=patient_id, block="relatives", grantee_id=uuid7(), display=name,
                role_label=label, basis="proxy", proxy_kind=kind,
                decided=Decided(
                    "Tribunal judiciaire de Bobigny", stage.today - timedelta(days=began),
                    stage.today + timedelta(days=ends),
                ),
            )  # fmt: skip
    tell_events(stage.ago(days=9), is_read=True)


def _glass(stage: Stage) -> None:
    """A record opened in an emergency two nights ago; it closed after the shift."""
    patient_id = _outside(stage, "moreau", "letallec")
    if patient_id is None:
        return
    with acting(stage.actor("letallec")):
        opening = break_glass(
            patient_id=patient_id, reason_code="emergency",
            reason_text="Arrivé inconscient aux urgences, traitement et allergies à connaître.",
        )  # fmt: skip
    opened = stage.at(-2, 2, 40)
    closed = opened + timedelta(hours=8)
    BreakGlass.objects.filter(pk=opening.pk).update(opened_at=opened, closes_at=closed)
    Grant.objects.filter(source_id=opening.pk).update(valid_from=opened, valid_until=closed)
    tell_events(opened, is_read=False)


def _journal(stage: Stage, life: str, login: str, purpose: str) -> list[Line]:
    """Who opened the record in the last weeks: those of the circle who follow it, and the person."""
    patient_id = stage.lives[life].id
    readers = [one for one in READINGS if patient_id in stage.ids_of(one[0])]
    lines = []
    for day in range(DAYS):
        for who, ground, actions in readers:
            if stage.rng.random() < 0.28:
                at = stage.at(-day - 1, stage.rng.randrange(7, 22), stage.rng.randrange(60))
                chosen = actions[: stage.rng.randrange(1, len(actions) + 1)]
                lines += [
                    past_line(action, actor=stage.actor(who), at=at + timedelta(minutes=2 * rank),
                              patient_id=patient_id, purpose=ground)
                    for rank, action in enumerate(chosen)
                ]  # fmt: skip
        if day % 6 == 1:
            at = stage.at(-day, 20, stage.rng.randrange(60))
            lines.append(
                past_line("record.accesses.read", actor=stage.actor(login), at=at, patient_id=patient_id,
                          purpose=purpose)
            )  # fmt: skip
    return lines
