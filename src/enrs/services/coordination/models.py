"""A case of coordination, the contacts that make its time, and the files of older tools."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Authored, ClinicalFact, Versioned

ORIGINS = (
    ("form", "Formulaire"),
    ("phone", "Téléphone"),
    ("mail", "Courrier ou courriel"),
    ("import", "Reprise d’un ancien outil"),
)
CONTACT_KINDS = (
    ("call", "Appel"),
    ("visit", "Visite à domicile"),
    ("meeting", "Réunion ou concertation"),
    ("mail", "Courrier ou courriel"),
    ("desk", "Travail au bureau"),
)


class Case(ClinicalFact, Versioned):
    """A person followed by an organisation of coordination; its state is that of its task.

    The moments and minutes here are what indicators read; `contacts` are what they come from. `is_twin`
    marks one that came with a merge of two patients whom the same team followed: one of the two is closed
    by hand.
    """

    task_id = models.UUIDField(unique=True)
    request_id = models.UUIDField(null=True, blank=True)
    organisation_id = models.UUIDField()
    organisation_name = models.CharField(max_length=200)
    referent_id = models.UUIDField(null=True, blank=True)
    referent_name = models.CharField(max_length=200, blank=True)
    referent_label = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=10, choices=ORIGINS, default="form")
    need = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    first_contact_at = models.DateTimeField(null=True, blank=True)
    first_visit_at = models.DateTimeField(null=True, blank=True)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_code = models.CharField(max_length=30, blank=True)
    closed_note = models.TextField(blank=True)
    source = models.CharField(max_length=120, blank=True)
    is_twin = models.BooleanField(default=False)

    class Meta:
        db_table = "coordination_case"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "organisation_id"],
                condition=models.Q(closed_at=None, withdrawn_at=None, is_twin=False),
                name="coordination_case_one_open",
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "source"],
                condition=~models.Q(source=""),
                name="coordination_case_source",
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "-opened_at", "-id"], name="coordination_case_timeline"
            ),
            models.Index(
                fields=["organisation_id", "-requested_at"], name="coordination_case_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_name} ({self.opened_at:%Y-%m-%d})"


class Contact(ClinicalFact, Authored):
    """One contact with the person or about them: when, how, how long, with whom."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=10, choices=CONTACT_KINDS)
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    with_whom = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "coordination_contact"
        indexes = [
            models.Index(fields=["case", "-at", "-id"], name="coordination_contact_case"),
            models.Index(fields=["patient", "-at", "-id"], name="coordination_contact_line"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.at:%Y-%m-%d})"


class Import(Versioned):
    """A file of cases from an older tool: its lines until they are taken in, then what became of each.

    It names people who have no record yet: seen by its organisation alone (see `policies.sql`).
    `informed_on` is the day by which the people of its open cases were told of the sharing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField()
    organisation_name = models.CharField(max_length=200)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    tool = models.CharField(max_length=30, blank=True)
    filename = models.CharField(max_length=200)
    headings = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    outcome = models.JSONField(default=list)
    line_count = models.PositiveIntegerField(default=0)
    made_count = models.PositiveIntegerField(default=0)
    informed_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "coordination_import"
        indexes = [
            models.Index(
                fields=["organisation_id", "-started_at"], name="coordination_import_place"
            )
        ]

    def __str__(self) -> str:
        return self.filename
