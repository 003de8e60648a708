"""Small files in the public formats, about invented people and places."""

from datetime import date
from typing import Any

from enrs.formats.directory.finess import (
    FinessLegalEntity,
    FinessLocation,
    FinessStructure,
    StockRow,
    write_finess,
)
from enrs.formats.directory.rpps import RppsRow, write_rpps
from enrs.formats.keys import finess_key, luhn_key


def rpps_number(rank: int) -> str:
    """A RPPS number of the range kept for tests, with its key."""
    first = f"997{rank:07d}"
    return first + luhn_key(first)


def finess_number(rank: int) -> str:
    """A FINESS number of Paris, with its key."""
    first = f"750{rank:05d}"
    return first + finess_key(first)


def activity(rank: int, **fields: Any) -> RppsRow:
    """One activity of a physician in a hospital."""
    number = rpps_number(rank)
    values = {
        "title": "Docteur",
        "family": f"DUBREUIL{rank}",
        "given": "Hélène",
        "profession_code": "10",
        "profession": "Médecin",
        "category_code": "C",
        "skill_code": "SM04",
        "skill": "Cardiologie et maladies vasculaires",
        "mode_code": "S",
        "mode": "Salarié",
        "site_finess": finess_number(1),
        "site_name": "HOPITAL DES TROIS VALLEES",
        "commune": "Paris 14e Arrondissement",
        "postal_code": "75014",
    } | fields
    return RppsRow(identifier_type="8", identifier=number, national_id="8" + number, **values)


def place(rank: int, **fields: Any) -> FinessStructure:
    """A hospital of Paris."""
    values = {
        "legal_finess": finess_number(9000 + rank),
        "name": f"HOPITAL {rank}",
        "long_name": f"HÔPITAL DES TROIS-VALLÉES {rank}",
        "street_number": "0012",
        "street_type": "R",
        "street_name": "DES ÉRABLES",
        "commune_suffix": "114",
        "department": "75",
        "routing_line": "75014 PARIS",
        "category_code": "355",
        "category": "Centre Hospitalier (C.H.)",
    } | fields
    return FinessStructure(finess=finess_number(rank), **values)


def entity(rank: int, **fields: Any) -> FinessLegalEntity:
    """The legal entity of the hospital of this rank."""
    values = {
        "name": f"HOPITAUX {rank}",
        "long_name": f"HÔPITAUX DES TROIS-VALLÉES {rank}",
        "street_number": "0012",
        "street_type": "R",
        "street_name": "DES ÉRABLES",
        "commune_suffix": "114",
        "department": "75",
        "routing_line": "75014 PARIS",
        "phone": "0140000000",
        "status_code": "14",
        "status": "Etablissement Public Intercommunal d'Hospitalisation",
        "siren": "260100037",
        "ape_code": "8610Z",
        "created_on": "1994-01-01",
    } | fields
    return FinessLegalEntity(finess=finess_number(9000 + rank), **values)


def location(rank: int, x: float = 652_000.0, y: float = 6_862_000.0) -> FinessLocation:
    """Where a hospital is, in Lambert-93 metres."""
    return FinessLocation(
        finess_number(rank), x, y, "1,ATLASANTE,96,BAN,L93_METROPOLE", "2026-03-01", 0.0, 0.0
    )


def rpps_file(*rows: RppsRow) -> list[str]:
    return list(write_rpps(rows))


def finess_file(*rows: StockRow) -> list[str]:
    return list(write_finess(rows, release=1, released_on=date(2026, 3, 1)))


def flow_place(rank: int, **changes: Any) -> dict[str, Any]:
    """The same hospital as `place`, as the JSON flow of FINESS gives it."""
    names = {
        "egeId": str(rank),
        "numFinessEge": finess_number(rank),
        "nomEgeCourt": f"HOPITAL {rank}",
        "nomEgeLong": f"HÔPITAL DES TROIS-VALLÉES {rank}",
        "dateOuverture": "1990-01-01",
        "datePremiereAutorisation": "1990-01-01",
    }
    address = {
        "usageAdresse": "03",
        "numeroVoie": "12",
        "typeVoie": "R   ",
        "libelleVoie": "DES ÉRABLES     ",
        "cogCommune": "75114",
        "ligneAcheminement": "PARIS",
        "codePostal": "75014",
        "coordonneesGeographique": {
            "coordonneeX": "6862000.0",
            "coordonneeY": "652000.0",
            "directionLatitude": "48.83",
            "directionLongitude": "2.32",
        },
    }
    contact = {
        "typeContact": {"roleContact": "01"},
        "telecom": {"telephone": f"01400000{rank:02d}"},
    }
    return {
        "informationsGeneralesEGE": names,
        "categorieentiteGeographiqueExercice": "355",
        "adresse": [address],
        "contact": [contact],
        "evenement": [],
        "etatObjet": "A",
        "dateDerniereMaj": "2026-03-01 00:00:00",
    } | changes


def finess_flow(*establishments: Any, legal: str = "", **root: Any) -> dict[str, Any]:
    """A flow of one legal entity (the first hospital's, without `legal`) that has these establishments."""
    entity = {
        "informationsGeneralesPMEJ": {
            "pmSmsseId": (legal or finess_number(9001))[3:],
            "denominationPm": "HOPITAUX",
            "denominationLonguePmSmsse": "HÔPITAUX DES TROIS-VALLÉES",
            "numFinessPm": legal or finess_number(9001),
            "siren": "260100037",
            "statutJuridique": "14",
            "dateCreation": "1994-01-01",
        },
        "adresse": [],
        "evenement": [],
        "ege": list(establishments),
        "etatObjet": "A",
        "dateDerniereMaj": "2026-03-01 00:00:00",
    }
    head = {"schemaVersion": "v1.0.1", "generatedAt": "2026-03-09T15:49:37Z"}
    return head | root | {"pmej": [entity]}


SITE_COLUMNS = (
    "siren,nic,siret,statutDiffusionEtablissement,dateCreationEtablissement,trancheEffectifsEtablissement,"
    "anneeEffectifsEtablissement,activitePrincipaleRegistreMetiersEtablissement,"
    "dateDernierTraitementEtablissement,etablissementSiege,nombrePeriodesEtablissement,"
    "complementAdresseEtablissement,numeroVoieEtablissement,indiceRepetitionEtablissement,"
    "dernierNumeroVoieEtablissement,indiceRepetitionDernierNumeroVoieEtablissement,typeVoieEtablissement,"
    "libelleVoieEtablissement,codePostalEtablissement,libelleCommuneEtablissement,"
    "libelleCommuneEtrangerEtablissement,distributionSpecialeEtablissement,codeCommuneEtablissement,"
    "codeCedexEtablissement,libelleCedexEtablissement,codePaysEtrangerEtablissement,"
    "libellePaysEtrangerEtablissement,identifiantAdresseEtablissement,coordonneeLambertAbscisseEtablissement,"
    "coordonneeLambertOrdonneeEtablissement,dateDebut,etatAdministratifEtablissement,enseigne1Etablissement,"
    "enseigne2Etablissement,enseigne3Etablissement,denominationUsuelleEtablissement,"
    "activitePrincipaleEtablissement,nomenclatureActivitePrincipaleEtablissement,caractereEmployeurEtablissement"
)
"""As INSEE publishes them, but the second address."""
UNIT_COLUMNS = (
    "siren,statutDiffusionUniteLegale,unitePurgeeUniteLegale,dateCreationUniteLegale,sigleUniteLegale,"
    "sexeUniteLegale,prenom1UniteLegale,prenom2UniteLegale,prenom3UniteLegale,prenom4UniteLegale,"
    "prenomUsuelUniteLegale,pseudonymeUniteLegale,identifiantAssociationUniteLegale,"
    "trancheEffectifsUniteLegale,anneeEffectifsUniteLegale,dateDernierTraitementUniteLegale,"
    "nombrePeriodesUniteLegale,categorieEntreprise,anneeCategorieEntreprise,dateDebut,"
    "etatAdministratifUniteLegale,nomUniteLegale,nomUsageUniteLegale,denominationUniteLegale,"
    "denominationUsuelle1UniteLegale,denominationUsuelle2UniteLegale,denominationUsuelle3UniteLegale,"
    "categorieJuridiqueUniteLegale,activitePrincipaleUniteLegale,nomenclatureActivitePrincipaleUniteLegale,"
    "nicSiegeUniteLegale,economieSocialeSolidaireUniteLegale,caractereEmployeurUniteLegale"
)


def siret_number(rank: int) -> str:
    """A SIRET whose SIREN begins with 999, with both keys."""
    siren = f"999{rank:05d}"
    body = f"{siren}{luhn_key(siren)}0001"
    return body + luhn_key(body)


def sirene_site(rank: int, **cells: str) -> dict[str, str]:
    """An open establishment of a hospital in Paris, where `place` is; names without their ending."""
    return {
        "siren": siret_number(rank)[:9],
        "nic": "00013",
        "siret": siret_number(rank),
        "statutDiffusion": "O",
        "etablissementSiege": "true",
        "numeroVoie": "12",
        "typeVoie": "RUE",
        "libelleVoie": "DES ERABLES",
        "codePostal": "75014",
        "libelleCommune": "PARIS",
        "codeCommune": "75114",
        "dateDebut": "2008-01-01",
        "etatAdministratif": "A",
        "activitePrincipale": "86.10Z",
        "nomenclatureActivitePrincipale": "NAFRev2",
    } | cells


def sirene_unit(rank: int, **cells: str) -> dict[str, str]:
    """The legal unit of the same."""
    return {
        "siren": siret_number(rank)[:9],
        "statutDiffusion": "O",
        "dateDebut": "2008-01-01",
        "etatAdministratif": "A",
        "denomination": f"FONDATION DES TROIS VALLEES {rank}",
        "categorieJuridique": "9300",
        "activitePrincipale": "86.10Z",
    } | cells


def sirene_file(*rows: dict[str, str], units: bool = False) -> list[str]:
    """The lines of a stock of establishments, or of legal units."""
    columns = (UNIT_COLUMNS if units else SITE_COLUMNS).split(",")
    ending = "UniteLegale" if units else "Etablissement"

    def line(row: dict[str, str]) -> str:
        cells = (row.get(name, row.get(name.removesuffix(ending), "")) for name in columns)
        return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells) + "\n"

    return [",".join(columns) + "\n", *map(line, rows)]


def capacity(state: str, count: Any) -> dict[str, Any]:
    """Beds of an activity: `09` authorised, `01` installed."""
    return {"nombre": str(count), "statutCapacite": state, "uniteMesureCapacite": "01"}


def carried(
    rank: int, *, granted: dict[str, Any] | None = None, stands: bool = True, **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Medicine in full hospitalisation: an authorisation, and the activity that (if so) stands on it."""
    kind = {"activiteAMF": "01", "modaliteActivite": "00", "formeActivite": "01"}
    nature = {"codeNature": "AMF", "caracteristiquesSpecifiques": {"typeActiviteAMF": kind}}
    general = {
        "activiteAeId": str(rank),
        "etatObjet": "A",
        "numAutorisationArhgos": f"84-82-{rank}",
        "dateDebutActiviteAutorisee": "2009-06-10",
        "dateFinActiviteAutorisee": None,
    }
    authorisation = {
        "caracteristiquesGeneriques": general,
        "nature": nature,
        "capacite": [granted] if granted else [],
    }
    own = {"activiteAeId": f"{rank}1", "etatObjet": changes.pop("state", "A")}
    named = {"identifiantAutorisation": str(rank)} if stands else {}
    exercised = {
        "caracteristiquesGeneriques": own | named,
        "nature": nature,
        "evenement": [],
        "capacite": [],
    } | changes
    return authorisation, exercised


def activities_flow(
    *pairs: tuple[dict[str, Any], dict[str, Any]], finess: str = ""
) -> dict[str, Any]:
    """A flow of one legal entity whose first establishment carries these activities on."""
    place = {
        "egeId": "1",
        "numFinessEge": finess or finess_number(1),
        "activitesExercees": [one for _, one in pairs],
    }
    entity = {
        "numFiness": finess_number(9001),
        "pmSmsseId": "1",
        "activitesAutorisees": [one for one, _ in pairs],
        "ege": [place],
    }
    return {"schemaVersion": "v1.0.1", "generatedAt": "2026-04-01T14:46:05Z", "pmej": [entity]}
