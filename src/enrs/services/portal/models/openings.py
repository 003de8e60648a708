"""To which professions, in which departments each service is shown, as the exploitation decided."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7


class Audience(models.Model):
    """Roles and departments; none of either means all. `is_default` leaves it to `region.toml`."""

    roles = models.JSONField("métiers", default=list)
    departments = models.JSONField("départements", default=list)
    is_default = models.BooleanField(default=False)

    class Meta:
        abstract = True


class ServiceOpening(Audience):
    """What holds for a service (`key` of its offer) now, in the place of the line of `region.toml`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=60, unique=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "portal_service_opening"

    def __str__(self) -> str:
        return self.key


class ServiceOpeningChange(Audience):
    """One decision on the opening of a service, and by whom. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(ServiceOpening, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "portal_service_opening_change"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.opening_id}, {self.at:%Y-%m-%d}"
