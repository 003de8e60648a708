"""Members of a circle, consents, oppositions, and requests of access."""

from uuid import UUID

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Patient
from enrs.referentials.circles import rules
from enrs.referentials.circles.measures import MEASURES


class Means(models.TextChoices):
    """How a consent was collected, or an opposition made."""

    ORAL = "oral", "Oral"
    WRITTEN = "written", "Écrit"
    ELECTRONIC = "electronic", "Électronique"


class Outcome(models.TextChoices):
    """The answer to a request of access."""

    OPEN = "", "En attente"
    ACCEPTED = "accepted", "Acceptée"
    DECLINED = "declined", "Refusée"


class Consent(ClinicalFact):
    """A person's prior consent to share with somebody outside the équipe de soins (D1110-3-1).

    Withdrawing it sets `withdrawn_at` and ends at once what it opened.
    """

    grantee_id = models.UUIDField()
    grantee_display = models.CharField(max_length=200)
    given_on = models.DateField("date du consentement")
    means = models.CharField("moyen", max_length=12, choices=Means.choices)
    collector_id = models.UUIDField(null=True, blank=True)
    collected_by = models.CharField("recueilli par", max_length=200)
    leaflet_version = models.CharField("version de la notice", max_length=40)

    class Meta:
        db_table = "circle_consent"
        indexes = [models.Index(fields=["patient", "grantee_id"], name="circle_consent_grantee")]

    def __str__(self) -> str:
        return f"{self.grantee_display}, {self.given_on}"

    @property
    def withdraw_key(self) -> str:
        """The name of this consent's dialog on a page."""
        return f"withdraw-{self.id}"


class Opposition(ClinicalFact):
    """A person's opposition to sharing with a member of the équipe de soins (L1110-4 IV)."""

    grantee_id = models.UUIDField()
    grantee_display = models.CharField(max_length=200)
    informed_on = models.DateField("information donnée le")
    opposed_at = models.DateTimeField(default=timezone.now)
    means = models.CharField("moyen", max_length=12, choices=Means.choices)
    collected_by = models.CharField("recueillie par", max_length=200)
    reason = models.CharField("motif", max_length=400, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "circle_opposition"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "grantee_id"],
                condition=models.Q(lifted_at=None),
                name="circle_opposition_open",
            )
        ]

    def __str__(self) -> str:
        return self.grantee_display


class Member(ClinicalFact):
    """Somebody of a patient's circle, and the ground on which they are in it.

    One of `practitioner_id`, `organisation_id`, `user_id` says whom grants are made to; none for a
    relative who is only to be called. `until` is a planned end, `ended_at` the real one.
    """

    class Block(models.TextChoices):
        RELATIVES = rules.RELATIVES, "Proches et aidants"
        CARE_TEAM = rules.CARE_TEAM, "Équipe de soins"
        ORGANISATIONS = rules.ORGANISATIONS, "Organisations"

    class Basis(models.TextChoices):
        CARE_TEAM = "care_team", "Équipe de soins"
        CONSENT = "consent", "Consentement"
        SELF = "self", "La personne elle-même"
        PROXY = "proxy", "Représentant"
        STAY = "stay", "Séjour"
        CONTACT = "contact", "À prévenir"

    block = models.CharField(max_length=15, choices=Block.choices)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    ground = models.CharField(max_length=20, blank=True)
    practitioner_id = models.UUIDField(null=True, blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    encounter_id = models.UUIDField(null=True, blank=True)
    display = models.CharField(max_length=200)
    role_label = models.CharField(max_length=200, blank=True)
    phone = models.CharField("téléphone", max_length=40, blank=True)
    in_care_team = models.BooleanField(default=False)
    informed_on = models.DateField(null=True, blank=True)
    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    added_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "circle_member"
        constraints = [
            models.UniqueConstraint(
                "patient",
                Coalesce("practitioner_id", "organisation_id", "user_id"),
                condition=models.Q(ended_at=None) & ~models.Q(basis="stay"),
                name="circle_member_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["patient", "block"],
                condition=models.Q(ended_at=None),
                name="circle_member_current",
            )
        ]

    def __str__(self) -> str:
        return self.display

    @property
    def grantee_id(self) -> UUID | None:
        """Whom the grant of this member is made to."""
        return self.practitioner_id or self.organisation_id or self.user_id

    @property
    def remove_key(self) -> str:
        """The name of this member's dialog on a page."""
        return f"remove-{self.id}"

    @property
    def is_measure(self) -> bool:
        """Whether they stand on a decision of protection, which no page removes but `end_mandate`."""
        return self.basis == self.Basis.PROXY and self.ground in MEASURES

    @property
    def proxy_label(self) -> str:
        """What a representative is called beside their name."""
        return MEASURES[self.ground].label if self.is_measure else "Représentant"

    @property
    def end_key(self) -> str:
        """The name of the dialog that ends this member's measure."""
        return f"end-{self.id}"


class Mandate(ClinicalFact):
    """The decision on which whoever is in charge of a protected adult stands in their circle.

    A renewal is a new row: the former one has its `replaced_at`. `opened_at` is when the person opened their
    record, where the measure does not by itself; `term` is the kind of decision (`measures.TERM_WORDS`).
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="mandates")
    kind = models.CharField(max_length=30)
    authority = models.CharField("décision de", max_length=200)
    decided_on = models.DateField("date de la décision")
    ends_on = models.DateField("fin de la mesure")
    term = models.CharField(max_length=12)
    opened_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "circle_mandate"
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=models.Q(replaced_at=None),
                name="circle_mandate_current",
            )
        ]
        indexes = [
            models.Index(
                fields=["ends_on"],
                condition=models.Q(replaced_at=None),
                name="circle_mandate_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.ends_on}"


class AccessRequest(models.Model):
    """« Demander l'accès »: somebody outside the circle says who they are and why.

    The asker sees it, and the circle; `policies.sql` holds its row security.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    user_id = models.UUIDField()
    grantee_id = models.UUIDField()
    asker_name = models.CharField(max_length=200)
    asker_label = models.CharField(max_length=200, blank=True)
    asker_role = models.CharField(max_length=30)
    organisation_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField("motif")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(
        max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True
    )
    answer = models.TextField("réponse", blank=True)

    class Meta:
        db_table = "circle_access_request"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "grantee_id"],
                condition=models.Q(outcome=""),
                name="circle_access_request_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asker_name}, {self.asked_at:%Y-%m-%d}"
