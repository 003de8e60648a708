"""Records whose time of keeping is over, what an officer decided of them, and the log of what was erased."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient


class Approval(models.Model):
    """A decision to destroy some records: who took it, on whose opinions. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    decision = models.TextField("décision")
    visa = models.CharField("visa des archives", max_length=200, blank=True)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "rights_approval"

    def __str__(self) -> str:
        return self.number


class Retention(models.Model):
    """A record whose term is over, or that is kept back; it goes with the record itself.

    One that waits was suspended by an appeal: its row stays, or the days of the appeal would be forgotten.

    Names are those of the day of the computation: the officer has no right on the record. `suspensions` are
    the appeals that ended, as pairs of ISO days.
    """

    class State(models.TextChoices):
        DUE = "due", "À décider"
        KEPT = "kept", "Conservation prolongée"
        APPROVED = "approved", "Élimination approuvée"
        FAILED = "failed", "Non effacé"
        WAITING = "waiting", "Terme reporté"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    person_name = models.CharField(max_length=300)
    birth_date = models.CharField(max_length=10, blank=True)
    died_on = models.DateField(null=True, blank=True)
    last_on = models.DateField()
    last_kind = models.CharField(max_length=60)
    rule = models.CharField(max_length=20)
    kept_until = models.DateField()
    hold_code = models.CharField(max_length=10, blank=True)
    hold_text = models.TextField(blank=True)
    hold_from = models.DateField(null=True, blank=True)
    hold_until = models.DateField(null=True, blank=True)
    hold_by = models.CharField(max_length=200, blank=True)
    suspensions = models.JSONField(default=list)
    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="records"
    )
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "rights_retention"
        indexes = [
            models.Index(fields=["state", "kept_until", "id"], name="rights_retention_list"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, {self.kept_until}"


class Elimination(models.Model):
    """One record that was erased: what the elimination log keeps. It names nobody.

    `pseudonym` is a keyed hash of the person's identifier. `contents` lists what went, by table: label, count
    of rows, and the digest of their contents.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="eliminations")
    pseudonym = models.CharField(max_length=32)
    rule = models.CharField(max_length=20)
    last_on = models.DateField()
    kept_until = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    contents = models.JSONField(default=list)
    row_count = models.PositiveIntegerField()

    class Meta:
        db_table = "rights_elimination"
        indexes = [models.Index(fields=["approval", "id"], name="rights_elimination_list")]

    def __str__(self) -> str:
        return self.pseudonym


class Sweep(models.Model):
    """How far the search for records whose term is over went: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    after = models.UUIDField(null=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rights_sweep"

    def __str__(self) -> str:
        return f"{self.ended_at}"
