"""What leaves: the members' SMS over two months, the platform's own mails, and what each account was told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.demo import Someone
from enrs.core.moments import legal_day
from enrs.core.notifications.commands import create_key, open_account, revoke_key
from enrs.core.notifications.demo import Sent, tell_notice, tell_sending
from enrs.core.notifications.models import (
    Delivery,
    Preference,
    Sending,
    SmsAccount,
    SmsKey,
    SmsStop,
    SmsUsage,
)
from enrs.core.threads.models import Thread
from enrs.core.workflow.commands.deadlines import limit_named
from enrs.core.workflow.models import Reminder, TaskStep

State = Sending.State


@dataclass(frozen=True, slots=True)
class Member:
    """A member whose software sends SMS: by whom it is known, its name on telephones, its month, its texts."""

    login: str
    sender: str
    quota: int
    count: int
    texts: tuple[str, ...]
    callback: str = ""


MEMBERS: Final = (
    Member("petit", "CHLMICHEL", 2_000, 70, (
        "Rappel : rendez-vous le {day} à {hour} h, porte B. Pour annuler : 01 99 00 12 34.",
        "Votre rendez-vous du {day} est déplacé à {hour} h. Merci de confirmer au 01 99 00 12 34.",
        "Préadmission en ligne à compléter avant le {day} : votre espace personnel, rubrique Mes démarches. "
        "Munissez-vous de votre carte d’assuré et d’une pièce d’identité, merci.",
    ), "https://logiciel.chlmichel.example/accuses"),
    Member("ferreira", "LABELVEDERE", 600, 44, (
        "Vos documents sont disponibles dans votre espace. Code de retrait au guichet : {hour}{hour}.",
        "Le laboratoire est fermé le {day}. Réouverture le lendemain à 7 h.",
    )),
    Member("lambert", "DACFONTAINE", 100, 16, (
        "Visite confirmée le {day} à {hour} h. Votre référente vous rappelle la veille.",
    )),
)  # fmt: skip
STATES: Final = (
    *[State.DELIVERED] * 14, State.SENT, State.SENT, State.FAILED, State.DELIVERED, State.CANCELLED,
)  # fmt: skip
MAILS: Final = (
    ("threads.mentioned", "On vous nomme dans un message", 3, State.SENT, ""),
    ("task.told.coordination.request", "Demande d’appui : du nouveau", 7, State.SENT, ""),
    ("notice.digest", "Votre résumé du jour : 3 à voir", 30, State.SENT, ""),
    ("access.glass.broken", "Un accès à un dossier vous est signalé", 52, State.UNCERTAIN, ""),
    ("notice.digest", "Votre résumé du jour : 5 à voir", 54, State.UNCERTAIN, ""),
    ("task.told.coordination.request", "Demande d’appui : du nouveau", 60, State.FAILED,
     "550 5.1.1 Boîte inconnue"),
    ("notice.digest", "Votre résumé du jour : 2 à voir", 1, State.WAITING, "421 Service momentanément indisponible"),
    ("threads.mentioned", "On vous nomme dans un message", 0.02, State.LEAVING, ""),
)  # fmt: skip
PLAIN: Final = "Une notification vous attend dans votre espace."


def play(stage: Stage) -> None:
    """Accounts and their SMS, mails, stops, preferences, notices."""
    number = 0
    for member in MEMBERS:
        account = _account(stage, member)
        number = _messages(stage, member, account, number)
        if member.callback:
            number = _callbacks(stage, account, number)
    _mails(stage, number)
    _stops(stage)
    _preferences(stage)
    _notices(stage)


def _account(stage: Stage, member: Member) -> SmsAccount:
    """Opened by the operator, with a key in use and one that was revoked."""
    place = stage.place_of(member.login)
    with acting(stage.actor("roux")):
        account = open_account(
            organisation_id=place.grantee_id, organisation_name=place.name, sender_name=member.sender
        )  # fmt: skip
        create_key(account=account, label="Agenda des consultations")
        create_key(account=account, label="Ancien serveur")
        former = SmsKey.objects.get(account=account, label="Ancien serveur")
        revoke_key(key_id=former.pk)
    opened = stage.ago(days=150)
    SmsAccount.objects.filter(pk=account.pk).update(
        month_quota=member.quota, callback_url=member.callback, created_at=opened
    )
    SmsKey.objects.filter(account=account).update(created_at=opened)
    account.refresh_from_db()
    return account


def _messages(stage: Stage, member: Member, account: SmsAccount, number: int) -> int:
    """SMS of this month and of the one before, most of them delivered; the last ones at every state."""
    used: dict[str, int] = {}
    for rank in range(member.count * 2):
        number += 1
        at = stage.now - timedelta(days=rank * 62 / (member.count * 2), minutes=7 + 11 * (rank % 9))
        state = _state(stage, rank)
        text = member.texts[rank % len(member.texts)].format(
            day=f"{legal_day(at + timedelta(days=3)):%d/%m}", hour=9 + rank % 8
        )
        sent = Sent(
            "sms", "member.sms", _phone(rank), {"text": text}, at, state, f"RDV-{4200 + number}"
        )
        row = tell_sending(stage.rows, sent, now=stage.now, number=number, account=account)
        month = f"{legal_day(at):%Y-%m}"
        used[month] = used.get(month, 0) + row.segments
    for month, count in used.items():
        stage.rows.add(SmsUsage(account=account, month=month, count=count))
    return number


def _state(stage: Stage, rank: int) -> State:
    first = (State.WAITING, State.DELIVERED, State.UNCERTAIN, State.SENT)
    return first[rank] if rank < len(first) else stage.rng.choice(STATES)


def _callbacks(stage: Stage, account: SmsAccount, number: int) -> int:
    """What the member's own software was told, and once could not be."""
    for rank in range(6):
        number += 1
        state, error = (State.FAILED, "503 Service Unavailable") if rank == 4 else (State.SENT, "")
        told = json.dumps({"reference": f"RDV-{4200 + rank}", "state": "delivered"})
        sent = Sent("callback", "sms.receipt", account.callback_url, {"text": told},
                    stage.ago(hours=2 + 5 * rank), state, error=error)  # fmt: skip
        tell_sending(stage.rows, sent, now=stage.now, number=number, account=account)
    return number


def _mails(stage: Stage, number: int) -> None:
    """The platform's own mails, two of which nobody knows whether they left."""
    logins = ("moreau", "benhamou", "traore", "kouassi")
    for rank, (kind, subject, hours, state, error) in enumerate(MAILS):
        who = stage.users[logins[rank % len(logins)]]
        content = {"subject": subject, "text": PLAIN}
        sent = Sent("mail", kind, who.email, content, stage.ago(hours=hours), state,
                    error=error, user_id=who.id)  # fmt: skip
        tell_sending(stage.rows, sent, now=stage.now, number=number + rank + 1)


def _stops(stage: Stage) -> None:
    for rank, source in enumerate(("sms", "desk", "sms")):
        since = stage.ago(days=9 + 20 * rank)
        stage.rows.add(SmsStop(phone=_phone(900 + rank), source=source, created_at=since))


def _preferences(stage: Stage) -> None:
    """Who gave a mobile, and who wants to hear less."""
    for login, rank in (("moreau", 1), ("kouassi", 2), ("marchand", 3), ("aubertin", 4)):
        stage.rows.add(Delivery(user=stage.users[login], mobile=_phone(rank)))
    for login, kind, channel, mode in (
        ("moreau", "threads.mentioned", "mail", "digest"),
        ("moreau", "task.told.coordination.request", "mail", "digest"),
        ("kouassi", "threads.mentioned", "mail", "off"),
        ("aubertin", "access.glass.broken", "sms", "now"),
    ):
        stage.rows.add(Preference(user=stage.users[login], kind=kind, channel=channel, mode=mode))


def _phone(rank: int) -> str:
    return f"+3363998{rank % 10_000:04d}"


def _notices(stage: Stage) -> None:
    """What each was told of their requests and in their conversations; what is older than two days is read."""
    fresh = stage.ago(days=2)
    by_grantee = {one.grantee_id: one for one in stage.people.values()}
    asked = Q(task__requester_grantee_id__in=list(by_grantee))
    steps = TaskStep.objects.filter(
        asked, act__in=("qualify", "include", "orient", "accept", "refuse", "ask")
    )
    for step in steps.select_related("task").order_by("-at", "id")[:40]:
        task = step.task
        asker = task.requester_grantee_id
        who = by_grantee.get(asker) if asker else None
        if who is None or who.user_id is None:
            continue
        details = {
            "by": step.by_name, "title": task.title, "task": str(task.id), "label": step.label,
            "state": task.table.state(step.to_state).label, "reason": step.reason,
        }  # fmt: skip
        tell_notice(
            stage.rows, user_id=who.user_id, kind=f"task.told.{task.workflow}", at=step.at,
            details=details, patient_id=task.patient_id, is_read=step.at < fresh,
        )  # fmt: skip
    _late(stage, by_grantee, fresh)
    for title, login, by in (
        ("Glycémies du matin", "benhamou", "Dr Claire MOREAU-LEFEBVRE"),
        ("Chutes de M. Aubertin", "moreau", "Aminata TRAORÉ"),
        ("Planning des consultations du mois prochain", "letallec", "Sandrine PETIT"),
    ):
        thread = Thread.objects.get(title=title)
        details = {"by": by, "thread": str(thread.id)}
        tell_notice(
            stage.rows, user_id=stage.users[login].id, kind="threads.mentioned",
            at=thread.last_message_at, details=details, patient_id=thread.patient_id,
            is_read=thread.last_message_at < fresh,
        )  # fmt: skip


def _late(stage: Stage, by_grantee: Mapping[UUID, Someone], fresh: datetime) -> None:
    """What the desk was reminded of: who has the task in hand, else the whole team."""
    team = [stage.people[one] for one in ("traore", "lambert")]
    desk = stage.place_of("traore").grantee_id
    done = Reminder.objects.filter(task__closed_at=None, task__addressees__grantee_id=desk)
    for one in done.select_related("task", "deadline").order_by("-at", "id")[:24]:
        task = one.task
        holder = by_grantee.get(task.assignee_id) if task.assignee_id else None
        details = {
            "by": task.requester_name, "title": task.title, "task": str(task.id), "step": 0,
            "label": limit_named(task.table, one.deadline.name).label,
            "due": one.deadline.due_at.isoformat(),
        }  # fmt: skip
        for who in [holder] if holder else team:
            if who.user_id:
                tell_notice(
                    stage.rows, user_id=who.user_id, at=one.at, details=details,
                    kind=f"task.{'late' if one.kind == 'escalation' else 'due'}.{task.workflow}",
                    patient_id=task.patient_id, is_read=one.at < fresh,
                )  # fmt: skip
