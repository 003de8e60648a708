"""Who is on call, where, when and in which order; replacements and absences."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Versioned


class Roster(Versioned):
    """A line of duty of an organisation: the hours that it covers and how many are called in turn."""

    class Coverage(models.TextChoices):
        ALWAYS = "always", "Jour et nuit, tous les jours"
        NIGHTS = "nights", "Nuits, week-ends et jours fériés"
        DAYS = "days", "En journée, du lundi au vendredi (sauf jours fériés)"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    organisation_name = models.CharField(max_length=200)
    label = models.CharField("nom", max_length=200)
    coverage = models.CharField(
        "heures couvertes", max_length=8, choices=Coverage.choices, default=Coverage.ALWAYS
    )
    day_starts = models.TimeField("début du jour")
    night_starts = models.TimeField("début de la nuit")
    ranks = models.PositiveSmallIntegerField("rangs à pourvoir", default=1)
    note = models.CharField("consigne", max_length=400, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "roster"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ranks__gte=1, ranks__lte=9), name="roster_ranks"
            )
        ]

    def __str__(self) -> str:
        return self.label


class Shift(Versioned):
    """One person on call for a period, in a rank: rank 1 is called first.

    A rank of a roster is held by one person at a time: the database refuses the second. A shift that was
    replaced or removed ends by `ended_at`, and stays as a trace; `replaces` names what it stands for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="shifts")
    rank = models.PositiveSmallIntegerField(default=1)
    period = DateTimeRangeField()
    grantee_id = models.UUIDField()
    display = models.CharField(max_length=200)
    phone = models.CharField(max_length=30, blank=True)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacements"
    )
    author_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "roster_shift"
        constraints = [
            ExclusionConstraint(
                name="roster_shift_one_per_rank",
                expressions=[
                    ("roster", RangeOperators.EQUAL),
                    ("rank", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(rank__gte=1, rank__lte=9), name="roster_shift_rank"
            ),
        ]
        indexes = [models.Index(fields=["grantee_id"], name="roster_shift_of")]

    def __str__(self) -> str:
        return f"{self.display}, rang {self.rank}"


class Absence(models.Model):
    """A person of an organisation is away: they are passed over, and their shifts show as to replace."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    grantee_id = models.UUIDField(db_index=True)
    display = models.CharField(max_length=200)
    period = DateTimeRangeField()
    reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "roster_absence"

    def __str__(self) -> str:
        return self.display
