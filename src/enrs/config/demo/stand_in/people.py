"""The demo's people as the identity providers would describe them: professionals, and a patient."""

from typing import Any

from enrs.config.demo.days.arrivals import CODE, GUEST, NUMBER
from enrs.core.accounts.models import User
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.portal.rules import grouped

NOBODY = {
    "SubjectNameID": "810009999999",
    "given_name": "Inconnu",
    "family_name": "de la région",
    "SubjectRefPro": {"exercices": []},
}
"""Somebody whom the region does not know: the page « pas encore ouvert » is seen by choosing them."""


def demo_people() -> list[dict[str, Any]]:
    """Claims of every demo professional, and of one person who has no account."""
    owners = User.objects.filter(is_demo=True, is_active=True, kind=User.Kind.PROFESSIONAL)
    ids = list(owners.values_list("grantee_id", flat=True))
    people = Practitioner.objects.filter(pk__in=ids).defer("search").order_by("family", "id")
    return [claims_of(one) for one in people] + [NOBODY]


def claims_of(person: Practitioner) -> dict[str, Any]:
    """One person's claims; a field that the directory does not have is empty, as in the real answers."""
    roles = PractitionerRole.objects.filter(practitioner=person, is_active=True)
    exercices: dict[str, dict[str, Any]] = {}
    for role in roles.select_related("organisation").order_by("id"):
        exercice = exercices.setdefault(
            role.profession_code,
            {
                "codeProfession": role.profession_code,
                "nomDexercice": person.family,
                "prenomDexercice": person.given,
                "codeSavoirFaire": role.speciality_code,
                "activities": [],
            },
        )
        place = role.organisation
        exercice["activities"].append(
            {
                "codeModeExercice": role.mode,
                "codeRole": role.function_code,
                "numeroSiretSite": place.siret if place else "",
                "numeroFinessSite": place.finess_eg if place else "",
                "identifiantTechniqueDeLaStructure": place.technical_id if place else "",
                "raisonSocialeSite": place.name if place else "",
                "enseigneCommercialeSite": "",
            }
        )
    return {
        "SubjectNameID": person.idnat,
        "preferred_username": person.idnat,
        "given_name": person.given,
        "family_name": person.family,
        "email_verified": False,
        "SubjectRole": [],
        "SubjectOrganization": "",
        "Mode_Acces_Raison": "",
        "authMode": "e-CPS",
        "otherIDs": [{"identifiant": person.idnat, "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"exercices": list(exercices.values())},
    }


def waiting_patient() -> dict[str, str] | None:
    """The civil status of a patient of the cast whose identity is qualified and who has no account yet."""
    holders = User.objects.values("grantee_id")
    found = (
        RegionalIdentity.objects.filter(
            status="qualified",
            attribute="",
            birth_name="AUBERTIN",
            replaced_by=None,
            deceased_at=None,
        )
        .exclude(patient_id__in=holders)
        .order_by("birth_date", "patient_id")
        .first()
    )
    if found is None:
        return None
    return {
        "family_name": found.birth_name,
        "given_name": found.given_names,
        "birthdate": found.birth_date,
        "gender": "female" if found.sex == "F" else "male",
        "birthplace": found.birth_place_code,
        "preferred_username": found.used_name,
    }


def demo_citizens() -> list[dict[str, Any]]:
    """Invented people of the demo region: one whose record waits, one whom a desk invited, one unknown."""
    own = waiting_patient()
    return [
        *([own | {"note": "Un dossier l’attend : son état civil l’ouvre"}] if own else []),
        GUEST | {"note": f"Invitée au guichet : {NUMBER}, code {grouped(CODE)}"},
        {
            "family_name": "ABADIE", "given_name": "Théophile Jean", "gender": "male", "birthdate": "1979-11-02",
            "birthplace": "31555", "note": "Inconnu de la région",
        },
    ]  # fmt: skip
