"""Protocols and teams as the region keeps them; follow-ups, their readings, alerts, calls and words."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Authored, ClinicalFact, Versioned

ENTRY_MEANS = (
    ("person", "La personne, sur son téléphone"),
    ("nurse", "Un professionnel, à domicile"),
    ("call", "Un appel, pour qui n’a pas de téléphone connecté"),
)
STATES = (
    ("red", "Alerte"),
    ("amber", "À surveiller"),
    ("silent", "Silence"),
    ("green", "Stable"),
)
READING_MEANS = (*ENTRY_MEANS, ("device", "Un appareil ou un logiciel"))
"""How a reading came: `device` for a measure of the record that crossed a threshold by itself."""
ALERT_KINDS = (("red", "Alerte"), ("amber", "À surveiller"), ("silent", "Silence"))
TEAM_KINDS = (("territorial", "Équipe territoriale"), ("cell", "Cellule régionale de soutien"))


class Protocol(Versioned):
    """One numbered state of a protocol: its `content` is read by `rules.protocols`.

    Published, it never changes: a follow-up keeps the number under which it began. A change is a draft with
    the next number.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Brouillon"
        PUBLISHED = "published", "En service"
        RETIRED = "retired", "Retiré"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    content = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "monitoring_protocol"
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="monitoring_protocol_number"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="draft"), name="monitoring_protocol_one_draft"
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(status="published"),
                name="monitoring_protocol_one_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Team(Versioned):
    """An organisation that watches for others: a territorial team, or the region's support cell."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=TEAM_KINDS)
    hours = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "monitoring_team"

    def __str__(self) -> str:
        return self.name


class FollowUp(ClinicalFact, Versioned):
    """A person watched at home under one protocol, by one watcher at a time.

    `state`, `rank` and `turn_at` are what the board sorts by, kept in the transaction of what changes them;
    `due_at` is when the next reading is awaited, `silent_at` when its absence is told, `is_silent` that one was.
    `is_twin` marks one that came with a merge of two patients: one of the two is ended by hand.
    `over_told_at` is when the watcher was told that the planned end is past.
    `brought` are the places in the circle that it opened; at `places_at` those that nothing needs any more end.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    entry_means = models.CharField(max_length=8, choices=ENTRY_MEANS, default="person")
    phone = models.CharField(max_length=40, blank=True)
    residence = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    watcher_id = models.UUIDField()
    watcher_kind = models.CharField(max_length=12)
    watcher_name = models.CharField(max_length=200)
    watcher_label = models.CharField(max_length=200, blank=True)
    is_delegated = models.BooleanField(default=False)
    starter_id = models.UUIDField(null=True, blank=True)
    starter_name = models.CharField(max_length=200)
    starter_label = models.CharField(max_length=200, blank=True)
    starter_place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default="green")
    level = models.CharField(max_length=8, blank=True)
    rank = models.PositiveSmallIntegerField(default=7)
    turn_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    silent_at = models.DateTimeField(null=True, blank=True)
    is_silent = models.BooleanField(default=False)
    last_at = models.DateTimeField(null=True, blank=True)
    last_findings = models.JSONField(default=list)
    over_told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_code = models.CharField(max_length=20, blank=True)
    ended_note = models.TextField(blank=True)
    is_twin = models.BooleanField(default=False)
    brought = models.JSONField(default=list)
    places_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "monitoring_follow_up"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "code"],
                condition=Q(ended_at=None, withdrawn_at=None, is_twin=False),
                name="monitoring_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["watcher_id", "rank", "turn_at", "id"],
                condition=Q(ended_at=None, withdrawn_at=None),
                name="monitoring_board",
            ),
            models.Index(
                fields=["silent_at"],
                condition=Q(ended_at=None, silent_at__isnull=False),
                name="monitoring_silent",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(ended_at=None, withdrawn_at=None),
                name="monitoring_over",
            ),
            models.Index(
                fields=["places_at"],
                condition=Q(places_at__isnull=False),
                name="monitoring_places",
            ),
            models.Index(fields=["patient", "-started_at", "-id"], name="monitoring_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.started_at:%Y-%m-%d})"


class Reading(ClinicalFact, Authored):
    """What was entered at one moment: the measures are the record's (`measure_ids`), the answers are here.

    `level` and `findings` are what the thresholds of the protocol said of it, in its own transaction.
    """

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    level = models.CharField(max_length=8)
    findings = models.JSONField(default=list)
    answers = models.JSONField(default=list)
    measure_ids = models.JSONField(default=list)
    note = models.TextField(blank=True)
    means = models.CharField(max_length=8, choices=READING_MEANS)

    class Meta:
        db_table = "monitoring_reading"
        indexes = [
            models.Index(fields=["follow_up", "-at", "-id"], name="monitoring_readings"),
            models.Index(fields=["patient", "-at", "-id"], name="monitoring_reading_line"),
        ]

    def __str__(self) -> str:
        return f"{self.level} ({self.at:%Y-%m-%d})"


class Alert(ClinicalFact, Versioned):
    """What must be answered by somebody: one of a kind at a time is open for a follow-up.

    `next_at` is when the next step of the protocol calls its people. A `round` of steps begins at `round_at`: the
    first with the alert, another when it is crossed again, changes hands, or stays unanswered past its steps.
    `version` grows with what it says: an end that saw an older one is refused.
    """

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=8, choices=ALERT_KINDS)
    findings = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=0)
    round_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.UUIDField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        db_table = "monitoring_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["follow_up", "kind"],
                condition=Q(answered_at=None),
                name="monitoring_alert_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(answered_at=None, next_at__isnull=False),
                name="monitoring_alert_due",
            ),
            models.Index(fields=["follow_up", "-opened_at", "-id"], name="monitoring_alerts"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.opened_at:%Y-%m-%d})"


class Call(ClinicalFact):
    """One step of an alert that called people, written in the transaction that tells them: once for its round."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="calls")
    round = models.PositiveSmallIntegerField(default=0)
    rank = models.PositiveSmallIntegerField()
    who = models.CharField(max_length=12)
    at = models.DateTimeField()
    users = models.JSONField(default=list)

    class Meta:
        db_table = "monitoring_call"
        constraints = [
            models.UniqueConstraint(fields=["alert", "round", "rank"], name="monitoring_call_once")
        ]

    def __str__(self) -> str:
        return f"{self.who} ({self.rank})"


class Entry(ClinicalFact, Authored):
    """A line of the follow-up's own journal: begun, a note, handed over, ended."""

    class Kind(models.TextChoices):
        STARTED = "started", "Début"
        NOTE = "note", "Note"
        HANDED = "handed", "Relais"
        ENDED = "ended", "Fin"

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    text = models.TextField(blank=True)

    class Meta:
        db_table = "monitoring_entry"
        indexes = [models.Index(fields=["follow_up", "-at", "-id"], name="monitoring_entries")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.at:%Y-%m-%d})"
