"""Shared posts of a ward, and who may take them over with a personal code."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7


class Post(models.Model):
    """A computer of a unit that several people use: known by a secret that its browser alone holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    organisation_name = models.CharField(max_length=300)
    unit = models.CharField("unité", max_length=100)
    secret_hash = models.CharField(max_length=64)
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_post"

    def __str__(self) -> str:
        return f"{self.unit}, {self.organisation_name}"


class PostShift(models.Model):
    """Somebody's shift on a post: they signed in wholly once, and come back with a personal code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="shifts")
    user_id = models.UUIDField()
    name = models.CharField(max_length=200)
    position_id = models.UUIDField()
    pin_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "portal_post_shift"
        constraints = [
            models.UniqueConstraint(
                fields=["post", "user_id"],
                condition=models.Q(ended_at=None),
                name="portal_post_shift_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.opened_at:%Y-%m-%d}"


class Invitation(models.Model):
    """A patient or a relative whom a professional lets in at a desk, by a code on paper.

    `grantee_id` is whom the rights were given to: the patient anchor, or the relative's account to come.
    The reasons of a mandate stand in the circle and in the journal.
    """

    class Kind(models.TextChoices):
        PATIENT = "patient", "La personne elle-même"
        RELATIVE = "relative", "Un proche ou un représentant"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField("numéro d’invitation", max_length=12, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    given = models.CharField("prénom", max_length=100)
    family = models.CharField("nom", max_length=100)
    grantee_id = models.UUIDField(db_index=True)
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by_id = models.UUIDField()
    invited_by = models.CharField(max_length=200)
    organisation_name = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "portal_invitation"

    def __str__(self) -> str:
        return f"{self.given} {self.family.upper()}"
