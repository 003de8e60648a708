"""The identity unit's desk: sources and their teams, acts on an item, questions, proposals, quarantine, quality."""

import json
from hashlib import sha256

from django.db import models
from django.db.models import F, Q

from enrs.core.ids import uuid7


class IdentitySource(models.Model):
    """A system whose local numbers the region knows, under the name of the place that keeps it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    organisation_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "identity_source"

    def __str__(self) -> str:
        return self.name


class IdentityContact(models.Model):
    """Somebody of a source's identity team; with an account and as referent, they answer for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(IdentitySource, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200)
    duty = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=200, blank=True)
    user_id = models.UUIDField(null=True, blank=True, db_index=True)
    added_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_contact"

    def __str__(self) -> str:
        return self.name


class ItemAct(models.Model):
    """One thing done about an item, written once: the history of the pair and of the decisions."""

    class Kind(models.TextChoices):
        TAKEN = "taken", "a pris la ligne"
        GIVEN_BACK = "given_back", "a rendu la ligne"
        GIVEN = "given", "a confié la ligne"
        NOTED = "noted", "a noté"
        ASKED = "asked", "a demandé à la source"
        ANSWERED = "answered", "a répondu"
        PROPOSED = "proposed", "a proposé"
        REFUSED = "refused", "a refusé la proposition"
        WITHDRAWN = "withdrawn", "a retiré sa proposition"
        DECIDED = "decided", "a décidé"
        UNDONE = "undone", "a défait la décision"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(
        "identity.WorkItem", on_delete=models.PROTECT, related_name="acts", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "identity_item_act"
        indexes = [
            models.Index(fields=["item", "at"], name="identity_item_act_item"),
            models.Index(
                fields=["-at", "-id"],
                condition=Q(kind__in=("decided", "undone")),
                name="identity_item_act_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class IdentityQuestion(models.Model):
    """What the unit asks a source's identity team about an item, and the answer."""

    class Answer(models.TextChoices):
        SAME = "same", "C’est la même personne"
        DIFFERENT = "different", "Ce sont deux personnes"
        CORRECTED = "corrected", "Corrigé chez nous, un message suivra"
        UNKNOWN = "unknown", "Nous ne savons pas"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(
        "identity.WorkItem", on_delete=models.PROTECT, related_name="questions"
    )
    system = models.CharField(max_length=120)
    text = models.TextField()
    asked_by_id = models.UUIDField(null=True, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    reminded_count = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answer_text = models.TextField(blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_question"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "system"],
                condition=Q(answered_at=None),
                name="identity_question_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["system", "asked_at", "id"],
                condition=Q(answered_at=None),
                name="identity_question_waiting",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(answered_at=None),
                name="identity_question_remind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.item_id}"


class IdentityProposal(models.Model):
    """A decision on qualified identities that a second person must confirm.

    `versions` maps each identity of the item to its version and its patient when it was proposed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(
        "identity.WorkItem", on_delete=models.PROTECT, related_name="proposals"
    )
    outcome = models.CharField(max_length=12)
    reason = models.TextField()
    proposed_by_id = models.UUIDField()
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    settled_by_id = models.UUIDField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    is_confirmed = models.BooleanField(default=False)
    versions = models.JSONField(default=dict)

    class Meta:
        db_table = "identity_proposal"
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(settled_at=None), name="identity_proposal_open"
            ),
            # Two people, whatever the page says.
            models.CheckConstraint(
                condition=Q(settled_by_id=None) | ~Q(settled_by_id=F("proposed_by_id")),
                name="identity_proposal_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.item_id}"


class IdentityQuarantine(models.Model):
    """Traits that would turn a known person into another, kept aside until a person says."""

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        APPLIED = "applied", "Même personne, traits corrigés"
        REFUSED = "refused", "Autre personne, traits refusés"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(
        "identity.SourceIdentity", on_delete=models.PROTECT, related_name="quarantined"
    )
    item_id = models.UUIDField(null=True, blank=True)
    traits = models.JSONField()
    former = models.JSONField(default=dict)
    fields = models.JSONField(default=list)
    told_at = models.DateTimeField()
    sender = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    kept_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "identity_quarantine"
        constraints = [
            models.UniqueConstraint(
                fields=["identity"], condition=Q(state="waiting"), name="identity_quarantine_open"
            )
        ]
        indexes = [models.Index(fields=["item_id"], name="identity_quarantine_item")]

    def __str__(self) -> str:
        return f"{self.identity_id} {self.state}"

    @property
    def digest(self) -> str:
        """What tells these traits from others: who judges them says which ones they read."""
        return sha256(json.dumps(self.traits, sort_keys=True).encode()).hexdigest()


class SourceDay(models.Model):
    """What a source's identities were worth on a day, counted once in the night."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=120)
    day = models.DateField()
    identities = models.PositiveIntegerField(default=0)
    qualified = models.PositiveIntegerField(default=0)
    validated = models.PositiveIntegerField(default=0)
    retrieved = models.PositiveIntegerField(default=0)
    doubtful = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    missing = models.JSONField(default=dict)
    ins_refused = models.PositiveIntegerField(default=0)
    items_open = models.PositiveIntegerField(default=0)
    oldest_days = models.PositiveIntegerField(default=0)
    heard = models.PositiveIntegerField(default=0)
    delay_minutes = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "identity_source_day"
        constraints = [
            models.UniqueConstraint(fields=["system", "day"], name="identity_source_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.day}"


class MendLine(models.Model):
    """Two numbers of one source for one person, which the source has to merge; kept over time.

    `first_value` and `second_value` are the source's own numbers: its file names nothing else.
    """

    class State(models.TextChoices):
        SURE = "sure", "Même personne : à fusionner"
        DOUBT = "doubt", "Peut-être la même : à vérifier"
        MENDED = "mended", "Fusionnés chez vous"
        DROPPED = "dropped", "Deux personnes : rien à faire"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=120)
    first = models.ForeignKey("identity.SourceIdentity", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(
        "identity.SourceIdentity", on_delete=models.PROTECT, related_name="+"
    )
    first_value = models.CharField(max_length=80)
    second_value = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices)
    found_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "identity_mend_line"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="identity_mend_line_once")
        ]
        indexes = [
            models.Index(
                fields=["system", "state", "found_at", "id"], name="identity_mend_line_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_value} ~ {self.second_value}"
