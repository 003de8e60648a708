"""What the kiosk keeps: the services that somebody put first, the announcements of the exploitation."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7


class Favourite(models.Model):
    """A service or an application that somebody keeps first; `key` is the kiosk's (see `queries.kiosk`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    key = models.CharField(max_length=120)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "portal_favourite"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="portal_favourite_once")
        ]

    def __str__(self) -> str:
        return self.key


class AnnouncementWords(models.Model):
    """What an announcement says, from when to when, in which tone, and to which roles (none: to all)."""

    class Tone(models.TextChoices):
        INFORMATION = "information", "Information"
        ATTENTION = "attention", "Gêne possible"
        ALERTE = "alerte", "Service interrompu"

    title = models.CharField("titre", max_length=120)
    text = models.TextField("texte", max_length=600)
    starts_at = models.DateTimeField("du")
    ends_at = models.DateTimeField("au")
    tone = models.CharField("ton", max_length=12, choices=Tone.choices)
    roles = models.JSONField("destinataires", default=list)

    class Meta:
        abstract = True


class Announcement(AnnouncementWords):
    """A maintenance or an incident that the exploitation tells people of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "portal_announcement"
        indexes = [models.Index(fields=["ends_at"], name="portal_announcement_end")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("starts_at")),
                name="portal_announcement_order",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at <= timezone.now()

    @property
    def is_running(self) -> bool:
        """Whether it is shown on every page now."""
        return self.starts_at <= timezone.now() < self.ends_at


class AnnouncementChange(AnnouncementWords):
    """One writing of an announcement: the words as they then stood, and by whom. Never changed."""

    class Act(models.TextChoices):
        PUBLISHED = "published", "Publiée"
        CHANGED = "changed", "Modifiée"
        ENDED = "ended", "Terminée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    announcement = models.ForeignKey(Announcement, on_delete=models.PROTECT, related_name="changes")
    act = models.CharField(max_length=10, choices=Act.choices)
    at = models.DateTimeField(default=timezone.now)
    by_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "portal_announcement_change"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {self.at:%Y-%m-%d}"
