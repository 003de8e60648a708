"""What the identity unit must look at."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7


class WorkItem(models.Model):
    """Something that the identity unit must look at. It names rows and fields, never a trait.

    `severity` is 0 (a wrong record may be read now) to 3 (tidying); `weight`, in bits, is the evidence that
    a possible duplicate is one. `systems` are those of its identities (filled by the database), `assignee_id`
    the account of who works on it.
    """

    class Kind(models.TextChoices):
        DISCORDANT_TRAITS = "discordant_traits", "Traits discordants"
        BIRTH_PLACE_DIFFERS = "birth_place_differs", "Lieu de naissance différent"
        MERGE_ACROSS_PATIENTS = "merge_across_patients", "Fusion locale entre deux patients"
        INS_ON_TWO_PATIENTS = "ins_on_two_patients", "INS portée par deux patients"
        POSSIBLE_DUPLICATE = "possible_duplicate", "Doublon possible"
        INS_REFUSED = "ins_refused", "INS refusée au contrôle"
        DECLARED_LINK = "declared_link", "Rapprochement déclaré par une source"
        DECLARED_PARTING = "declared_parting", "Séparation déclarée par une source"
        OVERLAY = "overlay", "Écrasement possible d’une identité"
        EMERGENCY_KNOWN = "emergency_known", "Identité d’urgence reconnue"
        PARTING = "parting", "Séparation proposée"
        REJOINING = "rejoining", "Retour proposé à l’ancien dossier"

    class Outcome(models.TextChoices):
        LINKED = "linked", "Rattachées"
        KEPT_APART = "kept_apart", "Laissées séparées"
        NAMESAKE = "namesake", "Homonymes"
        BY_RULE = "by_rule", "Levé par une mise à jour"
        CORRECTED = "corrected", "Même personne, traits corrigés"
        REFUSED = "refused", "Autre personne, traits refusés"
        PARTED = "parted", "Identité séparée"
        REJOINED = "rejoined", "Identité remise à l’ancien dossier"
        WITHDRAWN = "withdrawn", "Abandonnée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    identity_ids = ArrayField(models.UUIDField())
    patient_ids = ArrayField(models.UUIDField())
    evidence = models.JSONField(default=dict, blank=True)
    sender = models.CharField(max_length=120, blank=True)
    severity = models.PositiveSmallIntegerField(default=2)
    weight = models.FloatField(null=True, blank=True)
    key = models.CharField(max_length=160)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_reason = models.TextField(blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    assignee_id = models.UUIDField(null=True, blank=True)
    systems = ArrayField(models.CharField(max_length=120), null=True, blank=True)

    class Meta:
        db_table = "identity_work_item"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(closed_at=None), name="identity_work_item_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["severity", "opened_at", "id"],
                condition=Q(closed_at=None),
                name="identity_work_item_severe",
            ),
            models.Index(
                fields=["kind", "severity", "opened_at", "id"],
                condition=Q(closed_at=None),
                name="identity_work_item_kind",
            ),
            models.Index(
                fields=["assignee_id", "severity", "opened_at", "id"],
                condition=Q(closed_at=None, assignee_id__isnull=False),
                name="identity_work_item_mine",
            ),
            models.Index(
                fields=["severity", "opened_at", "id"],
                condition=Q(closed_at=None, assignee_id=None),
                name="identity_work_item_free",
            ),
            GinIndex(
                fields=["systems"], condition=Q(closed_at=None), name="identity_work_item_from"
            ),
            GinIndex(fields=["identity_ids"], name="identity_work_item_who"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
