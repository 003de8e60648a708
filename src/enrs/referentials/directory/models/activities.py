"""What establishments are authorised to do, as FINESS tells it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from enrs.referentials.directory.models.places import Organisation


class Activity(models.Model):
    """An activity that an establishment is authorised to carry on, with its beds, places and devices.

    `codes` are read with `nature` (`formats.directory.finess_activities.AXES`); their words follow the loaded
    nomenclatures. `devices` are pairs of a code and a number.
    """

    class Nature(models.TextChoices):
        AMM = "AMM", "Activité de soins"
        AMF = "AMF", "Activité de soins (ancien régime)"
        AASA = "AASA", "Autre activité de soins"
        ASR = "ASR", "Activité reconnue par contrat"
        EML = "EML", "Équipement matériel lourd"
        ASDR = "ASDR", "Activité sanitaire"
        ASOCR = "ASOCR", "Activité sociale"
        AMSR = "AMSR", "Activité médico-sociale"
        ASMR = "ASMR", "Activité médico-sociale "
        AER = "AER", "Enseignement"

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="activities"
    )
    number = models.CharField(max_length=20)
    authorisation = models.CharField("n° d’autorisation", max_length=40, blank=True)
    nature = models.CharField(max_length=10, choices=Nature.choices)
    codes = ArrayField(models.CharField(max_length=20))
    started_on = models.DateField("depuis", null=True, blank=True)
    is_running = models.BooleanField(default=False)
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    authorised_count = models.PositiveIntegerField("autorisés", null=True, blank=True)
    unit_code = models.CharField(max_length=5, blank=True)
    installed_count = models.PositiveIntegerField("installés", null=True, blank=True)
    devices = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_activity"

    def __str__(self) -> str:
        return self.number
