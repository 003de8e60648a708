"""Vaccines and campaigns as the region describes them; prescriptions, acts, adverse events and attestations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import AuthoredAtPlace, ClinicalFact, Versioned

SITES = (
    ("LA", "Bras gauche"),
    ("RA", "Bras droit"),
    ("LT", "Cuisse gauche"),
    ("RT", "Cuisse droite"),
    ("NASAL", "Voie nasale"),
)
"""Where an injection was given: HL7 v3 ActSite, but for the nose."""
ROUTES = (
    ("IM", "Intramusculaire"),
    ("SQ", "Sous-cutanée"),
    ("IDINJ", "Intradermique"),
    ("NASINHL", "Nasale"),
    ("PO", "Orale"),
)
"""HL7 v3 RouteOfAdministration."""


class Vaccine(Versioned):
    """A vaccine that the region gives: its name, its code (ATC), the disease, and the numbers on its boxes.

    `min_months` and `max_months` bound the age, in whole months, of who receives it.
    `gtins` are GTIN of 14 digits: a box that bears one of them is this vaccine. `key` names what the release
    shipped; empty for what the region added.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=40, blank=True)
    disease = models.CharField(max_length=120)
    disease_code = models.CharField(max_length=20, blank=True)
    """SNOMED CT code of the disease."""
    route = models.CharField(max_length=10, choices=ROUTES, default="IM")
    min_months = models.PositiveSmallIntegerField(default=0)
    max_months = models.PositiveSmallIntegerField(null=True, blank=True)
    gtins = ArrayField(models.CharField(max_length=14), default=list, blank=True)
    is_retired = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "vaccination_vaccine"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(key=""), name="vaccination_vaccine_key"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(Versioned):
    """Who may be vaccinated, between which days, with which vaccines, by whom, after which questions.

    `min_months` is the least age in whole months; other ages are in years.
    `prescribers` and `vaccinators` map a role of the matrix to the least age, in years, of those whom it may
    prescribe for or vaccinate. `target_age` is the age from which nobody needs one of the `conditions` to be
    recommended the vaccine. `form_name` names a published Questionnaire; without one nothing is asked.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "En préparation"
        OPEN = "open", "Ouverte"
        CLOSED = "closed", "Close"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    vaccine_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    min_months = models.PositiveSmallIntegerField(default=0)
    max_age = models.PositiveSmallIntegerField(null=True, blank=True)
    target_age = models.PositiveSmallIntegerField(null=True, blank=True)
    conditions = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_target_only = models.BooleanField(default=False)
    prescribers = models.JSONField(default=dict)
    vaccinators = models.JSONField(default=dict)
    dose_count = models.PositiveSmallIntegerField(default=1)
    interval_days = models.PositiveSmallIntegerField(default=0)
    form_name = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "vaccination_campaign"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(key=""), name="vaccination_campaign_key"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Prescription(ClinicalFact, AuthoredAtPlace):
    """One dose prescribed here within a campaign; withdrawn, it is cancelled. `ground` says why this person.

    `exception` is why a doctor sets aside the rules of number or delay that `lifted` names by their codes
    (`rules.eligibility.EXCEPTIONS`): for the dose of `dose_rank`, against the doses that were `known` then, each by
    the first and the last day that it may be of (`2026-01-01/2026-12-31`). What came since refuses anew.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    answer_id = models.UUIDField(null=True, blank=True)
    ground = models.CharField(max_length=200, blank=True)
    dose_rank = models.PositiveSmallIntegerField(default=1)
    author_role = models.CharField(max_length=20)
    prescribed_at = models.DateTimeField()
    valid_until = models.DateField()
    exception = models.CharField(max_length=200, blank=True, default="")
    lifted = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    known = ArrayField(models.CharField(max_length=21), default=list, blank=True)

    class Meta:
        db_table = "vaccination_prescription"
        indexes = [
            models.Index(fields=["patient", "-prescribed_at", "-id"], name="vaccination_prescribed")
        ]

    def __str__(self) -> str:
        return f"{self.author_name} ({self.prescribed_at:%Y-%m-%d})"


class Act(ClinicalFact, AuthoredAtPlace, Versioned):
    """A vaccine given; withdrawn, it was entered in error and may be put back.

    `vaccine_name` and `vaccine_disease` are the words of the day it was declared: a vaccine that the region
    names otherwise since does not change what was given.
    `prescription` is the one made here; else `prescriber_name` and `prescribed_on` copy one on paper.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    vaccine = models.ForeignKey(Vaccine, on_delete=models.PROTECT, related_name="+")
    vaccine_name = models.CharField(max_length=200)
    vaccine_disease = models.CharField(max_length=120)
    answer_id = models.UUIDField(null=True, blank=True)
    given_at = models.DateTimeField()
    dose_rank = models.PositiveSmallIntegerField()
    lot = models.CharField(max_length=20)
    expires_on = models.DateField()
    gtin = models.CharField(max_length=14, blank=True)
    serial = models.CharField(max_length=20, blank=True)
    site = models.CharField(max_length=5, choices=SITES)
    route = models.CharField(max_length=10, choices=ROUTES)
    ground = models.CharField(max_length=200, blank=True)
    prescription = models.ForeignKey(
        Prescription, null=True, blank=True, on_delete=models.PROTECT, related_name="acts"
    )
    prescriber_name = models.CharField(max_length=200, blank=True)
    prescribed_on = models.DateField(null=True, blank=True)
    comment = models.TextField(blank=True)
    amended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_to = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "vaccination_act"
        constraints = [
            models.UniqueConstraint(
                fields=["prescription"],
                condition=models.Q(withdrawn_at=None, prescription__isnull=False),
                name="vaccination_prescription_once",
            )
        ]
        indexes = [
            models.Index(fields=["patient", "-given_at", "-id"], name="vaccination_act_timeline"),
            models.Index(
                fields=["organisation_id", "-given_at", "-id"], name="vaccination_act_place"
            ),
            models.Index(fields=["campaign", "given_at"], name="vaccination_act_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.vaccine_name} ({self.given_at:%Y-%m-%d})"


class ActChange(models.Model):
    """What was done to an act after it was declared, why, and how it stood before."""

    class Kind(models.TextChoices):
        AMENDED = "amended", "Corrigé"
        WITHDRAWN = "withdrawn", "Retiré"
        RESTORED = "restored", "Rétabli"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="changes")
    patient_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.JSONField(default=dict)
    reason = models.CharField(max_length=200)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "vaccination_act_change"

    def __str__(self) -> str:
        return f"{self.kind} ({self.at:%Y-%m-%d})"


class AdverseEvent(ClinicalFact, AuthoredAtPlace):
    """What happened to somebody after a vaccine, as it was told."""

    class Seriousness(models.TextChoices):
        MILD = "mild", "Non grave"
        SERIOUS = "serious", "Grave"

    class Outcome(models.TextChoices):
        RESOLVED = "resolved", "Guérison"
        ONGOING = "ongoing", "En cours"
        SEQUELAE = "sequelae", "Séquelles"
        FATAL = "fatal", "Décès"
        UNKNOWN = "unknown", "Inconnue"

    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="events")
    began_on = models.DateField()
    seriousness = models.CharField(max_length=8, choices=Seriousness.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    description = models.TextField()
    is_reported = models.BooleanField(default=False)
    """Whether it was told to the pharmacovigilance, which has its own portal."""

    class Meta:
        db_table = "vaccination_event"
        indexes = [models.Index(fields=["act", "began_on"], name="vaccination_event_act")]

    def __str__(self) -> str:
        return f"{self.seriousness} ({self.began_on})"

    def dialog(self) -> str:
        """The name of this event’s dialog on a page."""
        return f"event-{self.id}"


class Attestation(ClinicalFact, AuthoredAtPlace):
    """What was printed for somebody, and the keyed digest by which a stranger checks it; withdrawn with its act."""

    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="attestations")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "vaccination_attestation"
        constraints = [
            models.UniqueConstraint(
                fields=["act"],
                condition=models.Q(withdrawn_at=None),
                name="vaccination_attestation_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
