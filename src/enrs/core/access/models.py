"""One table for every right to a patient's record, whatever gave it."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enrs.core.access.rules.operating import LONGEST, MOST_REASON, MOST_TICKET
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Level(models.IntegerChoices):
    """What a grant lets do; the profession matrix narrows it further."""

    READ = 1, "consulter"
    CONTRIBUTE = 2, "contribuer"
    MANAGE = 3, "gérer le cercle"


class Grant(models.Model):
    """A right of `grantee_id` (practitioner, organisation or user) on one patient.

    `source_kind` and `source_id` name what gave it: a circle member, a stay, a break of the glass.
    A right is ended by its `valid_until`, never deleted.
    """

    pk = models.CompositePrimaryKey("patient_id", "grantee_id", "source_id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    grantee_id = models.UUIDField()
    source_id = models.UUIDField()
    source_kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=20, default="record")
    purpose = models.CharField(max_length=20)
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.READ)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(default=FOREVER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "access_grant"
        indexes = [
            models.Index(
                fields=["grantee_id", "patient_id"],
                include=["valid_from", "valid_until", "level"],
                name="access_grant_by_grantee",
            )
        ]

    def __str__(self) -> str:
        return f"{self.grantee_id} → {self.patient_id} ({self.purpose})"


class Denial(models.Model):
    """The person said no to `grantee_id`: whoever acts for it has no right on the record, by any door.

    It comes before every grant, that of the place of work included; `rules.PAST_DENIALS` alone pass.
    `source_id` names the opposition. Ended by its `valid_until`, never deleted.
    """

    pk = models.CompositePrimaryKey("patient_id", "grantee_id", "source_id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    grantee_id = models.UUIDField()
    source_id = models.UUIDField()
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(default=FOREVER)

    class Meta:
        db_table = "access_denial"
        indexes = [
            models.Index(fields=["grantee_id", "patient_id"], name="access_denial_by_grantee")
        ]

    def __str__(self) -> str:
        return f"{self.grantee_id} ↛ {self.patient_id}"


class MatrixCell(models.Model):
    """The matrix in force as rows: the release's own (`access.rules.MATRIX`) with the region's changes."""

    role = models.CharField(max_length=30)
    category = models.CharField(max_length=30)
    may_read = models.BooleanField()
    may_write = models.BooleanField()

    class Meta:
        db_table = "access_matrix"
        constraints = [
            models.UniqueConstraint(fields=["role", "category"], name="access_matrix_cell")
        ]

    def __str__(self) -> str:
        return f"{self.role}/{self.category}"


class MatrixChange(models.Model):
    """One cell of the matrix that the region changed, by whom and why; the database puts it in force.

    `before` and `after` are acts: nothing, `r` or `rw`.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    role = models.CharField(max_length=30)
    category = models.CharField(max_length=30)
    before = models.CharField(max_length=2, blank=True)
    after = models.CharField(max_length=2, blank=True)
    reason = models.CharField(max_length=500)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "access_matrix_change"

    def __str__(self) -> str:
        return f"{self.role}/{self.category} : {self.after}"


class BreakGlass(models.Model):
    """One opening of a record in an emergency, by someone outside the circle, with its reason."""

    id = models.UUIDField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    user_id = models.UUIDField()
    reason_code = models.CharField(max_length=30)
    reason_text = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField()

    class Meta:
        db_table = "access_break_glass"

    def __str__(self) -> str:
        return f"{self.user_id} → {self.patient_id}"


class OperatingSession(models.Model):
    """The time in which somebody of the exploitation holds its power, and why.

    It ends at `valid_until` by itself, or before by somebody; `ended_at` is written then (`ended_how`). What
    was said at the opening is never written again: a trigger keeps it.
    """

    class End(models.TextChoices):
        ONESELF = "oneself", "terminée par son titulaire"
        COLLEAGUE = "colleague", "terminée par un collègue"
        SIGN_OUT = "sign_out", "terminée à la déconnexion"
        TIME = "time", "terminée à l’heure prévue"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    user_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=MOST_REASON)
    ticket = models.CharField(max_length=MOST_TICKET, blank=True)
    proof = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=20, blank=True, choices=End.choices)
    ended_by_id = models.UUIDField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "access_operating_session"
        constraints = [
            models.UniqueConstraint(
                fields=["user_id"], condition=Q(ended_at=None), name="access_one_session_open"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("opened_at"))
                & Q(valid_until__lte=F("opened_at") + LONGEST),
                name="access_session_is_short",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} : {self.reason}"

    @property
    def stops_at(self) -> datetime:
        """When it ended or will."""
        return min(self.ended_at or self.valid_until, self.valid_until)

    @property
    def is_running(self) -> bool:
        """Whether it gives its power now."""
        return self.ended_at is None and self.valid_until > timezone.now()
