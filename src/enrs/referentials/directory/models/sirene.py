"""What SIRENE (INSEE) says of the establishments and legal units that matter here."""

from django.db import models

from enrs.formats.directory import sirene
from enrs.formats.directory.sirene_words import legal_words, naf_words


class Registered(models.Model):
    """What an establishment and a legal unit share. `is_listed` ends when a stock no longer has it."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField("nom", max_length=300, blank=True)
    state = models.CharField("état", max_length=1)
    since = models.DateField(null=True, blank=True)
    naf_code = models.CharField("activité principale", max_length=6, blank=True)
    is_listed = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == sirene.ACTIVE

    @property
    def naf(self) -> str:
        """Its activity in words."""
        return naf_words(self.naf_code)


class SireneSite(Registered):
    """An establishment of SIRENE, by its SIRET."""

    siret = models.CharField("SIRET", max_length=14)
    siren = models.CharField("SIREN", max_length=9)
    address = models.CharField("adresse", max_length=300, blank=True)
    postal_code = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    is_seat = models.BooleanField(default=False)

    class Meta:
        db_table = "directory_sirene_site"
        indexes = [
            models.Index(fields=["siret"], name="directory_sirene_siret"),
            models.Index(fields=["siren"], name="directory_sirene_site_siren"),
        ]


class SireneUnit(Registered):
    """A legal unit of SIRENE, by its SIREN."""

    siren = models.CharField("SIREN", max_length=9)
    category = models.CharField("catégorie juridique", max_length=4, blank=True)

    class Meta:
        db_table = "directory_sirene_unit"
        indexes = [models.Index(fields=["siren"], name="directory_sirene_unit_siren")]

    @property
    def legal(self) -> str:
        """Its legal category in words."""
        return legal_words(self.category)
