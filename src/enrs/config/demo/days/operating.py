"""The exploitation's sessions: those of the last months, and the one in which the region is set up."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.access.commands import end_session, open_session
from enrs.core.access.models import OperatingSession
from enrs.core.access.rules import OPERATOR
from enrs.core.audit.demo import keep_lines, past_line
from enrs.core.demo import key

SET_UP: Final = "Mise en place : comptes SMS, formulaires et annonces de la région"
TOLD: Final = (
    # Days ago, minutes asked, minutes used, ticket, reason, what was done.
    (0.2, 30, 12, "INC-2107", "Résultat mis de côté du laboratoire : code d’unité inconnu",
     ("gateway.message.replayed",)),
    (2, 60, 60, "INC-2098", "Renvoi des courriels restés incertains après la coupure de mardi",
     ("sending.read", "sending.resent", "sending.resent")),
    (6, 120, 41, "", "Chargement de l’annuaire en retard : annonce et lignes refusées à relire",
     ("portal.announcement.published", "directory.mistake.settled")),
    (19, 60, 27, "CHG-311", "Changement du secret de la Matériothèque à la demande de son éditeur",
     ("application.secret.changed",)),
    (41, 30, 30, "INC-1984", "Patient doublonné signalé par la cellule : message à rejouer",
     ("gateway.message.replayed",)),
)  # fmt: skip


def begin(stage: Stage) -> None:
    """Nobody sets a region up without a session: the operator opens theirs, by the command."""
    with acting(stage.actor("roux")):
        open_session(reason=SET_UP, minutes=120, ticket="CHG-350")


def finish(stage: Stage) -> None:
    """End it, as the demo opens; and tell those that were before."""
    by, user = stage.actor("roux"), stage.users["roux"]
    with acting(by):
        end_session(session=OperatingSession.objects.get(user_id=user.id, ended_at=None))
    lines = []
    for days, asked, used, ticket, reason, acts in TOLD:
        at = stage.ago(days=days)
        until = at + timedelta(minutes=asked)
        ends = at + timedelta(minutes=used)
        one = OperatingSession(
            id=key(at), user_id=user.id, user_name=by.name, reason=reason, ticket=ticket, proof="mfa",
            opened_at=at, valid_until=until, ended_at=ends, ended_how="time" if used == asked else "oneself",
            ended_by_id=None if used == asked else by.user_id, ended_by="" if used == asked else by.name,
        )  # fmt: skip
        stage.rows.add(one)
        step = timedelta(minutes=used) / (len(acts) + 1)
        for rank, action in enumerate(("access.session.opened", *acts)):
            lines.append(
                past_line(
                    action,
                    actor=replace(by, role=OPERATOR),
                    at=at + rank * step,
                    object_kind="operating_session" if rank == 0 else action.split(".")[0],
                    object_id=one.id if rank == 0 else "",
                    reason=reason if rank == 0 else "",
                )
            )
    keep_lines(stage.rows, lines)
    stage.rows.write()
