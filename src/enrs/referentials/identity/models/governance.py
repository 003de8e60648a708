"""The governance of identity: charter, audits, action plans of the sources; adverse events and their history."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.referentials.identity.models.desk import IdentityContact, IdentitySource


class IdentityCharter(models.Model):
    """One version of the region's charter of identity, with its text: published once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.CharField(max_length=40, unique=True)
    text = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        db_table = "identity_charter"

    def __str__(self) -> str:
        return self.version


class Cancellable(models.Model):
    """What was written once; a mistake is cancelled with its reason and stays readable."""

    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=200, blank=True)
    cancel_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class CharterSigning(Cancellable):
    """A source signed a version of the charter: when, by whom, where the signed document is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    charter = models.ForeignKey(IdentityCharter, on_delete=models.PROTECT, related_name="signings")
    source = models.ForeignKey(IdentitySource, on_delete=models.PROTECT, related_name="signings")
    signed_on = models.DateField()
    signed_by = models.CharField(max_length=200)
    reference = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "identity_charter_signing"
        constraints = [
            models.UniqueConstraint(
                fields=["charter", "source"],
                condition=Q(cancelled_at=None),
                name="identity_charter_signing_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.charter_id}"


class SourceAudit(Cancellable):
    """An audit of a source: its indicators frozen as they stood, what was found of each, the conclusions.

    `figures` maps each indicator to its value on `figures_day`, `findings` those that were commented to text.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(IdentitySource, on_delete=models.PROTECT, related_name="audits")
    held_on = models.DateField()
    auditors = models.CharField(max_length=300)
    figures_day = models.DateField(null=True, blank=True)
    figures = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
    conclusions = models.TextField()

    class Meta:
        db_table = "identity_source_audit"
        indexes = [
            models.Index(fields=["source", "-held_on", "-id"], name="identity_source_audit_list")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.held_on}"


class SourceAction(models.Model):
    """One line of a source's action plan: who does what until when, and the proof that it is done.

    It comes from an audit, an adverse event (`incident_id`, no key: the action outlives an erased record), an
    indicator of quality, or nothing of these. `owner_words` is the owner's name and duty: the row of a colleague is
    read by the unit alone, and their name stands when they left.
    """

    class State(models.TextChoices):
        OPEN = "open", "À faire"
        DONE = "done", "Faite"
        DROPPED = "dropped", "Abandonnée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(IdentitySource, on_delete=models.PROTECT, related_name="actions")
    title = models.CharField(max_length=300)
    owner = models.ForeignKey(IdentityContact, on_delete=models.PROTECT, related_name="actions")
    owner_words = models.CharField(max_length=402, blank=True)
    due_on = models.DateField()
    audit = models.ForeignKey(
        SourceAudit, on_delete=models.PROTECT, null=True, blank=True, related_name="actions"
    )
    incident_id = models.UUIDField(null=True, blank=True, db_index=True)
    indicator = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    proof = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "identity_source_action"
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="identity_source_action_due"),
            models.Index(
                fields=["source", "state", "due_on", "id"], name="identity_source_action_list"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class IdentityIncident(models.Model):
    """An adverse event of identity (« fiche d’événement indésirable »), declared by any professional.

    Its texts may name people: only who declared it and the unit read them. `identity_ids` and `item_id` are what
    the unit links it to.
    """

    class Kind(models.TextChoices):
        WRONG_IDENTITY = "wrong_identity", "Mauvaise identité choisie"
        DUPLICATE = "duplicate", "Doublon"
        OVERLAY = "overlay", "Collision ou écrasement d’identités"
        WRONG_INS = "wrong_ins", "INS erronée"
        MISFILED = "misfiled", "Document classé chez un autre"
        WRONG_TRAITS = "wrong_traits", "Traits erronés"
        OTHER = "other", "Autre"
        NOT_IDENTITY = "not_identity", "Hors identitovigilance"

    class Gravity(models.TextChoices):
        MINOR = "minor", "Mineure : aucune conséquence"
        SIGNIFICANT = "significant", "Significative : soins retardés ou refaits"
        MAJOR = "major", "Majeure : soins inadaptés, sans séquelle"
        CRITICAL = "critical", "Critique : atteinte grave de la personne"

    class Told(models.TextChoices):
        YES = "yes", "Oui"
        LATER = "later", "Pas encore"
        NO = "no", "Non"

    class State(models.TextChoices):
        DECLARED = "declared", "À qualifier"
        QUALIFIED = "qualified", "En analyse"
        CLOSED = "closed", "Close"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    gravity = models.CharField(max_length=12, choices=Gravity.choices)
    happened = models.TextField()
    discovered_on = models.DateField()
    consequences = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    person_told = models.CharField(max_length=5, choices=Told.choices)
    patient_id = models.UUIDField(null=True, blank=True, db_index=True)
    declared_by_id = models.UUIDField()
    declared_by = models.CharField(max_length=200)
    declared_from = models.CharField(max_length=200, blank=True)
    declared_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DECLARED)
    source = models.ForeignKey(
        IdentitySource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        db_index=False,
    )
    item_id = models.UUIDField(null=True, blank=True, db_index=True)
    identity_ids = ArrayField(models.UUIDField(), default=list)
    causes = models.TextField(blank=True)
    actions = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "identity_incident"
        indexes = [
            models.Index(fields=["-declared_at", "-id"], name="identity_incident_list"),
            models.Index(fields=["state", "-declared_at", "-id"], name="identity_incident_state"),
            models.Index(
                fields=["declared_by_id", "-declared_at", "-id"], name="identity_incident_own"
            ),
            models.Index(fields=["discovered_on"], name="identity_incident_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def gravity_word(self) -> str:
        """The gravity in one word, for lists."""
        return str(self.Gravity(self.gravity).label).partition(" : ")[0]


class GovernanceAct(models.Model):
    """One thing done about a signing, an audit, an action or an adverse event (`about_id`), written once."""

    class Kind(models.TextChoices):
        DECLARED = "declared", "a déclaré l’événement"
        QUALIFIED = "qualified", "a qualifié l’événement"
        CLOSED = "closed", "a clos l’événement"
        REOPENED = "reopened", "a rouvert"
        OPENED = "opened", "a ouvert l’action"
        DONE = "done", "a déclaré l’action faite"
        DROPPED = "dropped", "a abandonné l’action"
        RECORDED = "recorded", "a enregistré"
        CANCELLED = "cancelled", "a annulé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    about_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    text = models.TextField(blank=True)

    class Meta:
        db_table = "identity_governance_act"
        indexes = [models.Index(fields=["about_id", "at"], name="identity_governance_act_about")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_id}"
