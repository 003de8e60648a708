"""A return home, its week of visits slot by slot, what was asked of agencies, and what happened at home."""

from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Versioned
from enrs.core.workflow.models import Task
from enrs.services.home_support.rules import words


class HomeReturn(ClinicalFact, Versioned):
    """Somebody who leaves the hospital: when, to which home, with what. Its state is that of its task.

    `needs` are the words of the last form whose visits were taken into the week (`answer_id`). `is_twin` marks
    one that came with a merge of two patients who both had one open: one of the two is closed by hand.
    `warned_for` is the discharge of which the gaps were told shortly before it.
    """

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="+")
    leaving_at = models.DateTimeField()
    place_id = models.UUIDField(null=True, blank=True)
    place_name = models.CharField(max_length=300, blank=True)
    unit = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=300)
    postal_code = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=100)
    phone = models.CharField(max_length=40, blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_link = models.CharField(max_length=60, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    access_notes = models.TextField(blank=True)
    needs = models.JSONField(default=list, blank=True)
    answer_id = models.UUIDField(null=True, blank=True)
    opened_at = models.DateTimeField()
    home_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_code = models.CharField(max_length=30, blank=True)
    ended_note = models.TextField(blank=True)
    warned_for = models.DateTimeField(null=True, blank=True)
    is_twin = models.BooleanField(default=False)

    class Meta:
        db_table = "home_return"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_at=None, withdrawn_at=None, is_twin=False),
                name="home_return_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["patient", "-opened_at", "-id"], name="home_return_timeline"),
            models.Index(
                fields=["leaving_at"],
                condition=Q(ended_at=None, home_at=None, withdrawn_at=None),
                name="home_return_leaving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} ({self.leaving_at:%Y-%m-%d})"


class Visit(models.Model):
    """A line of the week: who should come, at what time, for how long, to do what.

    It comes every week on the days of its slots, or once, on `once_on`. It is removed, never rewritten: an
    agency answers for what it read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    home_return = models.ForeignKey(HomeReturn, on_delete=models.PROTECT, related_name="visits")
    kind = models.CharField(max_length=20, choices=words.KINDS)
    what = models.CharField(max_length=300, blank=True)
    provider = models.CharField(max_length=20, choices=words.PROVIDERS, default="saad")
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    once_on = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "home_visit"
        indexes = [models.Index(fields=["home_return"], name="home_visit_return")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts:%H:%M}"


class Ask(models.Model):
    """What is asked of one agency: its state is that of its task, which is sent to it alone.

    `from_on` and `note` are the agency's own words when it takes something.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    home_return = models.ForeignKey(HomeReturn, on_delete=models.PROTECT, related_name="asks")
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="+")
    agency_id = models.UUIDField()
    agency_name = models.CharField(max_length=300)
    agency_phone = models.CharField(max_length=40, blank=True)
    from_on = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    visits = models.ManyToManyField(Visit, through="AskedVisit", related_name="asks")

    class Meta:
        db_table = "home_ask"
        indexes = [models.Index(fields=["home_return"], name="home_ask_return")]

    def __str__(self) -> str:
        return self.agency_name


class AskedVisit(models.Model):
    """One line of the week that was asked of one agency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ask = models.ForeignKey(Ask, on_delete=models.PROTECT, related_name="asked")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="asked")

    class Meta:
        db_table = "home_asked_visit"
        constraints = [models.UniqueConstraint(fields=["ask", "visit"], name="home_asked_once")]
        indexes = [models.Index(fields=["visit"], name="home_asked_visit_visit")]

    def __str__(self) -> str:
        return f"{self.ask_id} {self.visit_id}"


class Slot(models.Model):
    """One day of the week of a visit: the place that one agency holds, and never two.

    `ask` is who holds it, from `from_on`; `retained_at` says that the hospital confirmed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="slots")
    weekday = models.PositiveSmallIntegerField()
    """0 is Monday."""
    ask = models.ForeignKey(
        Ask, on_delete=models.PROTECT, related_name="slots", null=True, blank=True
    )
    from_on = models.DateField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=200, blank=True)
    retained_at = models.DateTimeField(null=True, blank=True)
    retained_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "home_slot"
        constraints = [
            models.UniqueConstraint(fields=["visit", "weekday"], name="home_slot_day"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="home_slot_weekday"),
            # Held by somebody from some day, or by nobody: nothing in between.
            models.CheckConstraint(
                condition=Q(ask=None, from_on=None, taken_at=None, retained_at=None)
                | Q(ask__isnull=False, from_on__isnull=False, taken_at__isnull=False),
                name="home_slot_held_or_free",
            ),
        ]
        indexes = [models.Index(fields=["ask"], name="home_slot_ask")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.weekday}"


class HomeReport(models.Model):
    """What happened at home on a day, told by somebody: the agency that held the visit began, or nobody came."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="reports")
    ask = models.ForeignKey(Ask, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=10, choices=words.REPORTS)
    day = models.DateField()
    note = models.TextField(blank=True)
    agency_name = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "home_report"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "day", "kind", "author_id"], name="home_report_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day:%Y-%m-%d}"
