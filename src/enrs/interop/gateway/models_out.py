"""Partners that are told of changes of numbers, and what was told to each."""

from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Versioned


class Recipient(Versioned):
    """A partner that is told, by MLLP, when the numbers of its patients change (PIX update notification).

    Its patients are those with a number in `domain`; empty, everybody, which a regional service alone may
    ask. Nothing is tried before `next_try_at` once its address did not answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.OneToOneField(
        "gateway.Partner", on_delete=models.PROTECT, related_name="recipient"
    )
    host = models.CharField("adresse", max_length=200)
    port = models.PositiveIntegerField("port", default=2575)
    is_encrypted = models.BooleanField("TLS", default=True)
    domain = models.CharField("domaine de ses patients", max_length=120, blank=True)
    wants_numbers = models.BooleanField("numéros (A31)", default=True)
    wants_merges = models.BooleanField("fusions (A40)", default=True)
    wants_links = models.BooleanField("rapprochements (A24, A37)", default=False)
    is_active = models.BooleanField("actif", default=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "partner_recipient"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Delivery(models.Model):
    """One delivery to one recipient, in the order of `id` for each patient.

    `former_id` is the patient who became this one (A40); `numbers` are two of the recipient's own, each a
    domain and a value (A24, A37). `body` is the message as it last left.
    """

    class Kind(models.TextChoices):
        NUMBERS = "A31", "Numéros d’un patient"
        MERGED = "A40", "Deux patients devenus un"
        LINKED = "A24", "Deux numéros d’une même personne"
        PARTED = "A37", "Deux numéros de personnes différentes"

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        SENT = "sent", "Reçue"
        REFUSED = "refused", "Refusée"
        VOID = "void", "Sans objet"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    patient_id = models.UUIDField()
    former_id = models.UUIDField(null=True, blank=True)
    numbers = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "partner_delivery"
        indexes = [
            models.Index(
                fields=["recipient", "id"],
                condition=Q(state="waiting"),
                name="partner_delivery_waiting",
            ),
            models.Index(fields=["patient_id"], name="partner_delivery_patient"),
            models.Index(fields=["state", "id"], name="partner_delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
