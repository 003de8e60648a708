"""What a structure and the legal entity that answers for it have in common: a name that is searched, an address."""

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models


class Located(models.Model):
    """A row of a public file with its name, its address and its telephone; `row_hash` tells whether a line changed.

    `name_key` and `city_key` are what a search compares (no accents, no case), `search` the index of the words of
    the name.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField("nom", max_length=300)
    name_key = models.CharField(max_length=300)
    address = models.CharField("adresse", max_length=300, blank=True)
    postal_code = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    city_key = models.CharField(max_length=100, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    department = models.CharField("département", max_length=3, blank=True)
    phone = models.CharField("téléphone", max_length=40, blank=True)
    is_closed = models.BooleanField(default=False)
    row_hash = models.CharField(max_length=32)
    search = models.GeneratedField(
        expression=SearchVector("name_key", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
