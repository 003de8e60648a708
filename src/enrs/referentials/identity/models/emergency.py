"""People who were admitted without a trait: what was seen of them, until it is known who they are."""

from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7


class EmergencyIdentity(models.Model):
    """What was written of somebody whom nobody could name. `rank` makes the name, `identity` is what it names.

    `is_open` until the traits are filled in or the identity is linked to a known patient; it opens again when the
    link is undone. `claim` is why a professional said that it was somebody known: it is there while the unit has
    not answered; the words stay with the item of the unit. `form` is the one form that wrote
    it, however often that was sent. `withdrawn_at` when it was written by mistake; it is closed as long as it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rank = models.BigIntegerField(unique=True)
    identity = models.OneToOneField(
        "identity.SourceIdentity", on_delete=models.PROTECT, related_name="emergency"
    )
    name = models.CharField(max_length=60, unique=True)
    sex = models.CharField(max_length=1, default="U")
    age = models.PositiveSmallIntegerField(null=True)
    circumstance = models.TextField()
    place_id = models.UUIDField()
    place_name = models.CharField(max_length=200)
    by_id = models.UUIDField(null=True)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    claim = models.TextField(blank=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    claimed_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    form = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_for = models.TextField(blank=True)

    class Meta:
        db_table = "identity_emergency"
        indexes = [
            models.Index(
                fields=["made_at", "id"], condition=Q(is_open=True), name="identity_emergency_open"
            ),
            models.Index(
                fields=["form"], condition=Q(form__isnull=False), name="identity_emergency_form"
            ),
            models.Index(
                fields=["-withdrawn_at", "-id"],
                condition=Q(withdrawn_at__isnull=False),
                name="identity_emergency_mistaken",
            ),
        ]

    def __str__(self) -> str:
        return self.name
