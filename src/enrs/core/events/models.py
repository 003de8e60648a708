"""The outbox and what its readers have already done."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Event(models.Model):
    """Something that happened. Made in SQL: it also holds `epoch` and `xid`, the order of delivery."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    kind = models.TextField()
    patient_id = models.UUIDField(null=True)
    topics = ArrayField(models.TextField())
    payload = models.JSONField()

    class Meta:
        managed = False
        db_table = "event"

    def __str__(self) -> str:
        return self.kind


class Cursor(models.Model):
    """How far a subscriber has read the outbox."""

    subscriber = models.CharField(max_length=50, primary_key=True)
    epoch = models.IntegerField(default=0)
    xid = models.BigIntegerField(default=0)
    event_id = models.UUIDField(null=True)

    class Meta:
        db_table = "event_cursor"

    def __str__(self) -> str:
        return self.subscriber


class Receipt(models.Model):
    """An effect of one event on one subscriber, inserted in the effect's own transaction."""

    pk = models.CompositePrimaryKey("event_id", "subscriber")
    event_id = models.UUIDField()
    subscriber = models.CharField(max_length=50)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "event_receipt"

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event_id}"
