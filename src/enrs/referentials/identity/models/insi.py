"""What was asked of the national service (INSi), and the campaigns that verify every INS again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.referentials.identity.models import SourceIdentity


class InsRun(models.Model):
    """One periodic verification of the qualified identities that nobody verified for `years`.

    `cursor` is the last identity looked at; `receipt` names the batch that the service is working on.
    `leased_until` keeps two workers from the same step. Counts are of identities.
    """

    class State(models.TextChoices):
        RUNNING = "running", "En cours"
        PAUSED = "paused", "En pause"
        DONE = "done", "Terminée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    years = models.PositiveSmallIntegerField()
    started_by = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    cursor = models.UUIDField(null=True, blank=True)
    receipt = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    sent_count = models.PositiveIntegerField(default=0)
    kept_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    left_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "identity_ins_run"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=~Q(state="done"), name="identity_ins_run_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d} {self.state}"


class InsCheck(models.Model):
    """One question about an identity: who asked, when, what came back. It holds no trait.

    `code` is the service's own (`00`, `01`, `02`), `fields` name the strict traits that differ. `sealed` holds
    what a Vitale card said, encrypted, until the answer.
    """

    class Kind(models.TextChoices):
        TRAITS = "traits", "Recherche par les traits"
        CARD = "card", "Recherche par carte Vitale"
        VERIFY = "verify", "Vérification de l’INS"
        QUALIFY = "qualify", "Qualification après contrôle d’une pièce"

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        SENT = "sent", "Transmise"
        DONE = "done", "Répondue"
        GIVEN_UP = "given_up", "Abandonnée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(
        SourceIdentity, on_delete=models.PROTECT, related_name="ins_checks"
    )
    run = models.ForeignKey(InsRun, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=200)
    asked_by_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    sealed = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=2, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    fields = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        db_table = "identity_ins_check"
        constraints = [
            models.UniqueConstraint(
                fields=["identity"],
                condition=Q(state__in=["waiting", "sent"]),
                name="identity_ins_check_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state="waiting"),
                name="identity_ins_check_due",
            ),
            models.Index(fields=["identity", "answered_at"], name="identity_ins_check_last"),
            models.Index(
                fields=["run", "id"], condition=Q(state="sent"), name="identity_ins_check_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identity_id} {self.state}"
