"""When each periodic job is due, and how its last round went."""

from django.db import models


class PeriodicJob(models.Model):
    """One declared job; the worker that holds this row's lock runs it."""

    name = models.CharField(max_length=80, primary_key=True)
    due_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "periodic_job"

    def __str__(self) -> str:
        return self.name
