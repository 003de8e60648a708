"""The governance of identity in the demonstration: a charter, an audit, an action plan, adverse events."""

from datetime import timedelta
from typing import Any, Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.referentials.identity.commands import (
    close_incident,
    declare_incident,
    open_action,
    publish_charter,
    qualify_incident,
    record_audit,
    settle_action,
    sign_charter,
)
from enrs.referentials.identity.models import (
    GovernanceAct,
    IdentityContact,
    IdentityIncident,
    IdentitySource,
)

CHARTER: Final = (
    "Chaque structure désigne une personne référente en identitovigilance et lui donne le temps de l’être.\n\n"
    "L’identité se vérifie à chaque venue, avec une pièce à haut niveau de confiance ; l’INSi est interrogé dès que "
    "l’identité est validée.\n\n"
    "Les doublons signalés par la cellule régionale sont corrigés sous trente jours. Tout événement indésirable "
    "d’identité est déclaré sous soixante-douze heures."
)
EVENTS: Final[tuple[tuple[str, int, dict[str, Any]], ...]] = (
    ("moreau", -1, {
        "kind": "misfiled", "gravity": "significant", "person_told": "yes",
        "happened": "Un compte rendu d’imagerie d’une autre personne était dans le dossier ouvert en consultation.",
        "consequences": "Consultation refaite, aucun traitement changé.",
        "measures": "Document signalé au laboratoire, qui l’a retiré.",
    }),
    ("petit", -12, {
        "kind": "wrong_identity", "gravity": "minor", "person_told": "no",
        "happened": "À l’admission, le dossier d’un homonyme a été choisi ; l’erreur a été vue au bracelet.",
        "measures": "Admission reprise sous le bon dossier.",
    }),
    ("petit", -34, {
        "kind": "duplicate", "gravity": "minor", "person_told": "no",
        "happened": "Deux numéros ouverts le même jour pour une personne venue par deux accueils.",
        "measures": "Numéros fusionnés.",
    }),
)  # fmt: skip
"""Who declared what, how many days ago."""


def governed(stage: Stage) -> None:
    """The hospital signed and was audited; the laboratory has not signed; three events, the oldest closed."""
    officer = stage.actor("vidal")
    hospital = IdentitySource.objects.filter(
        system=f"urn:finess:{stage.region.structure_at(0).finess}"
    ).first()
    owner = IdentityContact.objects.filter(source=hospital).first()
    if hospital is None or owner is None:
        return
    with acting(officer):
        charter = publish_charter(version=f"{stage.today.year}-1", text=CHARTER, by=officer)
        sign_charter(
            source_id=hospital.id, charter_id=charter.id, signed_on=stage.today - timedelta(days=80),
            signed_by="La directrice de l’établissement", reference="Classeur qualité, pièce 12", by=officer,
        )  # fmt: skip
        audit = record_audit(
            source_id=hospital.id, held_on=stage.today - timedelta(days=30), by=officer,
            auditors="Nadia Vidal, cellule régionale d’identitovigilance",
            conclusions="L’accueil des urgences ne demande pas de pièce la nuit. Le reste suit la charte.",
            findings={"qualified": "Pas de lecteur de pièces à l’accueil des urgences.",
                      "duplicates": "Deux logiciels d’admission créent chacun leur numéro."},
        )  # fmt: skip
        common: dict[str, Any] = {"source_id": hospital.id, "owner_id": owner.id, "by": officer}
        open_action(
            title="Équiper l’accueil des urgences d’un lecteur de pièces d’identité", audit_id=audit.id,
            indicator="qualified", due_on=stage.today - timedelta(days=4), **common,
        )  # fmt: skip
        open_action(
            title="Réunir les admissions sous un seul logiciel", audit_id=audit.id,
            indicator="duplicates", due_on=stage.today + timedelta(days=45), **common,
        )  # fmt: skip
        done = open_action(
            title="Former l’accueil de nuit à la vérification de l’identité", audit_id=audit.id,
            due_on=stage.today - timedelta(days=10), **common,
        )  # fmt: skip
        settle_action(
            action_id=done.id, is_done=True, proof="Douze agents formés, feuille d’émargement reçue.", by=officer
        )  # fmt: skip
    _events(stage, hospital)


def _events(stage: Stage, hospital: IdentitySource) -> None:
    officer, made = stage.actor("vidal"), []
    for login, days, told in EVENTS:
        by = stage.actor(login)
        with acting(by):
            made.append(
                declare_incident(
                    discovered_on=stage.today + timedelta(days=days), by=by, **told
                )
            )  # fmt: skip
    with acting(officer):
        for one in made[1:]:
            qualify_incident(
                incident_id=one.id, kind=one.kind, gravity=one.gravity, source_id=hospital.id, by=officer
            )  # fmt: skip
        close_incident(
            incident_id=made[2].id, causes="Deux logiciels d’admission sans recherche commune.",
            actions="Action ouverte avec l’audit de la source.", by=officer,
        )  # fmt: skip
    for (_, days, _), one in zip(EVENTS, made, strict=True):
        IdentityIncident.objects.filter(pk=one.pk).update(declared_at=stage.at(days, 11, 5))
        GovernanceAct.objects.filter(about_id=one.pk, kind="declared").update(
            at=stage.at(days, 11, 5)
        )
    IdentityIncident.objects.filter(pk=made[2].pk).update(closed_at=stage.at(-20, 16, 0))
    GovernanceAct.objects.filter(about_id=made[2].pk).exclude(kind="declared").update(
        at=stage.at(-20, 16, 0)
    )
