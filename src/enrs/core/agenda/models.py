"""Agendas, appointments, bookable slots, shares, addresses of feeds, calendars of outside."""

from urllib.parse import urlsplit

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Patient, Versioned


class Agenda(models.Model):
    """What can be booked one thing at a time: a person, a place of work, a room, a vehicle.

    `owner_id` is a grantee (practitioner, organisation, user): whoever acts for it holds the agenda.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "Personne"
        PLACE = "place", "Structure ou équipe"
        ROOM = "room", "Salle ou matériel"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    owner_id = models.UUIDField()
    label = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "agenda"
        indexes = [models.Index(fields=["owner_id"], name="agenda_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id"],
                condition=models.Q(kind="person"),
                name="agenda_one_of_a_person",
            )
        ]

    def __str__(self) -> str:
        return self.label


class AgendaShare(models.Model):
    """An agenda opened to another grantee: to see its busy hours, to read it, or to write in it."""

    class Level(models.IntegerChoices):
        BUSY = 1, "Voir les heures occupées"
        READ = 2, "Lire"
        WRITE = 3, "Lire et écrire"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agenda = models.ForeignKey(Agenda, on_delete=models.PROTECT, related_name="shares")
    grantee_id = models.UUIDField(db_index=True)
    display = models.CharField(max_length=200)
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.READ)
    shared_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agenda_share"
        constraints = [
            models.UniqueConstraint(
                fields=["agenda", "grantee_id"],
                condition=models.Q(ended_at=None),
                name="agenda_share_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agenda_id} → {self.display}"


class Series(models.Model):
    """A repeated appointment: its rule (RFC 5545) and first wall-clock start in the region's zone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agenda = models.ForeignKey(Agenda, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=300)
    starts_on = models.DateField()
    starts_at = models.TimeField()
    minutes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "agenda_series"

    def __str__(self) -> str:
        return self.rule


class Slot(models.Model):
    """A period that may be booked, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agenda = models.ForeignKey(Agenda, on_delete=models.PROTECT, related_name="slots")
    period = DateTimeRangeField()
    kind = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agenda_slot"
        constraints = [
            ExclusionConstraint(
                name="agenda_slot_one_at_a_time",
                expressions=[("agenda", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=models.Q(closed_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.period)


class Appointment(ClinicalFact, Versioned):
    """A meeting at a time: with a person or not, in an agenda or not, with participants.

    Two booked ones of an agenda never overlap: the database refuses the second. `is_busy_only` marks
    what an imported calendar only tells as occupied. Without patient it is seen by who holds the agenda
    and by its participants; with one, by who may read that patient too. `identifiers` are the names that
    other software gave it, as FHIR `Identifier`.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposé"
        BOOKED = "booked", "Prévu"
        ARRIVED = "arrived", "Sur place"
        FULFILLED = "fulfilled", "Honoré"
        NO_SHOW = "noshow", "Absent"
        CANCELLED = "cancelled", "Annulé"

    patient = models.ForeignKey(  # type: ignore[assignment]
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    agenda = models.ForeignKey(
        Agenda, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True
    )
    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True
    )
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True
    )
    period = DateTimeRangeField()
    starts_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.BOOKED)
    kind = models.CharField(max_length=20, default="consultation")
    title = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    comment = models.TextField(blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    is_busy_only = models.BooleanField(default=False)
    source = models.CharField(max_length=100, blank=True)
    external_uid = models.CharField(max_length=300, blank=True)
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    cancelled_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "appointment"
        constraints = [
            ExclusionConstraint(
                name="appointment_one_at_a_time",
                expressions=[("agenda", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=models.Q(status__in=["booked", "arrived", "fulfilled"])
                & models.Q(is_busy_only=False, withdrawn_at=None),
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=models.Q(status__in=["proposed", "booked", "arrived", "fulfilled"]),
                name="appointment_slot_once",
            ),
            models.CheckConstraint(
                condition=models.Q(patient__isnull=False) | models.Q(agenda__isnull=False),
                name="appointment_of_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["agenda", "starts_at", "id"], name="appointment_in_agenda"),
            models.Index(fields=["patient", "starts_at", "id"], name="appointment_of_patient"),
            models.Index(
                fields=["subject_id", "starts_at"],
                condition=models.Q(subject_id__isnull=False),
                name="appointment_about",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"

    @property
    def ends_at(self) -> object:
        """The moment at which it ends."""
        return self.period.upper


class Participant(models.Model):
    """Somebody who takes part besides the agenda and the person: a grantee, and their answer."""

    class Answer(models.TextChoices):
        NEEDED = "needs-action", "Sans réponse"
        ACCEPTED = "accepted", "Accepté"
        DECLINED = "declined", "Décliné"
        TENTATIVE = "tentative", "Peut-être"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="participants"
    )
    grantee_id = models.UUIDField()
    display = models.CharField(max_length=200)
    answer = models.CharField(max_length=14, choices=Answer.choices, default=Answer.NEEDED)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "appointment_participant"
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "grantee_id"], name="appointment_participant_once"
            )
        ]
        indexes = [
            models.Index(fields=["grantee_id", "appointment"], name="appointment_participant_of")
        ]

    def __str__(self) -> str:
        return self.display


class Feed(models.Model):
    """A secret address at which a person's agenda is read as iCalendar; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100, blank=True)
    shows_initials = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agenda_feed"

    def __str__(self) -> str:
        return self.label or str(self.id)


class Followed(models.Model):
    """A calendar of outside that an agenda follows at its address, and what became of the last reading.

    Who knows the address may read that calendar: no page shows it whole. `fault` is a code of
    `fetching.AddressError` or `calendars.CalendarError`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agenda = models.ForeignKey(Agenda, on_delete=models.PROTECT, related_name="followed")
    source = models.CharField(max_length=100)
    address = models.CharField(max_length=1000)
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    tag = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agenda_followed"
        constraints = [
            models.UniqueConstraint(
                fields=["agenda", "source"],
                condition=models.Q(ended_at=None),
                name="agenda_followed_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(ended_at=None),
                name="agenda_followed_due",
            )
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def host(self) -> str:
        """The machine that is asked: what may be shown of the address."""
        return urlsplit(self.address).hostname or ""
