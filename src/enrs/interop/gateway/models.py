"""Partners, the inbox (partitioned by day, made in SQL), what was seen, and what partners say of the DMP."""

from django.db import models

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Versioned


class Partner(Versioned):
    """A system that sends: known by MSH-3 and MSH-4, made at its first message, then edited by hand.

    `zone` reads stamps without offset; `trusted_identity_system` is the URI of the identifiers that
    the partner itself assigns (the patient's identifier is then taken there). `finess` is the only
    structure to which its stays open records. When `certificate_name` is set, its messages must come
    with a client certificate whose subject has that name (CN). `asking` says whether it may ask whose a
    number is (PIX) and who has these traits (PDQ), and how much it is told.
    """

    class Environment(models.TextChoices):
        PRODUCTION = "production", "Production"
        TEST = "test", "Essais"

    class Asking(models.TextChoices):
        NONE = "", "Non"
        OWN = "own", "Oui : ses propres numéros et le numéro régional"
        ALL = "all", "Oui : tous les domaines (service régional)"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sender = models.CharField("clé d'émetteur", max_length=300, unique=True)
    application = models.CharField(max_length=150)
    facility = models.CharField(max_length=150)
    name = models.CharField("nom affiché", max_length=200)
    finess = models.CharField("numéro FINESS", max_length=9, blank=True)
    certificate_name = models.CharField("nom du certificat", max_length=200, blank=True)
    zone = models.CharField("fuseau horaire", max_length=60, default="Europe/Paris")
    trusted_identity_system = models.CharField("domaine d'identité", max_length=200, blank=True)
    environment = models.CharField(
        "environnement", max_length=10, choices=Environment.choices, default=Environment.PRODUCTION
    )
    is_active = models.BooleanField("actif", default=True)
    asking = models.CharField(
        "peut interroger les identités",
        max_length=3,
        choices=Asking.choices,
        blank=True,
        default="",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "partner"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Inbox(models.Model):
    """A message as it came. Partitioned by `received_at`, which is the moment inside `id`.

    Nothing refers to it by foreign key: what must stay is in the record and in the journal.
    `other_key` and `other_lane` name the other identity of a message about two (A24, A37, A40, A47).
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Reçu"
        APPLIED = "applied", "Appliqué"
        WAITING = "waiting", "En attente"
        PARKED = "parked", "Mis de côté"
        REFUSED = "refused", "Refusé"
        DUPLICATE = "duplicate", "Doublon"

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()
    sender = models.TextField()
    flow = models.TextField()
    control_id = models.TextField()
    message_type = models.TextField()
    patient_key = models.TextField()
    lane = models.SmallIntegerField()
    other_key = models.TextField()
    other_lane = models.SmallIntegerField(null=True)
    body = models.BinaryField()
    body_hash = models.BinaryField()
    size = models.IntegerField()
    remote = models.TextField()
    state = models.TextField(choices=State.choices)
    ack_code = models.TextField()
    is_reused_id = models.BooleanField()
    attempts = models.SmallIntegerField()
    next_try_at = models.DateTimeField(null=True)
    error_code = models.TextField()
    error_where = models.TextField()
    error_text = models.TextField()
    effects = models.JSONField()
    patient_id = models.UUIDField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "inbox"

    def __str__(self) -> str:
        return f"{self.message_type} {self.control_id}"


class Seen(models.Model):
    """An accepted message, so that the same again changes nothing. Not partitioned: it must be unique."""

    pk = models.CompositePrimaryKey("sender", "control_id", "body_hash")
    sender = models.TextField()
    control_id = models.TextField()
    body_hash = models.BinaryField()
    first_at = models.DateTimeField()

    class Meta:
        db_table = "inbox_seen"

    def __str__(self) -> str:
        return f"{self.sender} {self.control_id}"


class FiledDocument(models.Model):
    """Which document a partner sent under an order: what a replacement or a suppression points at.

    `rank` is the document's place among those of the order (the published messages carry two).
    """

    pk = models.CompositePrimaryKey("sender", "number", "rank")
    sender = models.CharField(max_length=300)
    number = models.CharField(max_length=300)
    rank = models.PositiveSmallIntegerField()
    unique_id = models.CharField(max_length=200)

    class Meta:
        db_table = "inbox_filed_document"

    def __str__(self) -> str:
        return f"{self.number} {self.rank}"


class DmpConsent(ClinicalFact):
    """What ZFA says of a patient's DMP, and of the DMP alone: it never gates the regional record.

    Codes of PAM France 2.11 (ZFA-1, ZFA-9, ZFA-11).
    """

    status = models.CharField(max_length=20, blank=True)
    publication_code = models.CharField(max_length=10, blank=True)
    publication_at = models.DateTimeField(null=True, blank=True)
    consultation_code = models.CharField(max_length=10, blank=True)
    consultation_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "dmp_consent"
        constraints = [models.UniqueConstraint(fields=["identity_id"], name="dmp_consent_identity")]

    def __str__(self) -> str:
        return f"{self.publication_code} {self.consultation_code}"


from enrs.interop.gateway.models_out import Delivery, Recipient  # noqa: E402, F401
