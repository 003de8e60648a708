"""What the record offers: « Mes patients » in the rail, and its panels."""

from django.urls import reverse

from enrs.core.access.rules import permits
from enrs.core.documents.made import Maker, register_maker
from enrs.core.ui.registry import (
    BannerFacts,
    HelpPage,
    LifeKind,
    Offer,
    Panel,
    banner_facts,
    help_page,
    life_kind,
    offer,
    panel,
)
from enrs.services.record.queries.entries import allergies_of_banner, measure_rows
from enrs.services.record.queries.kinds import document_rows, note_rows, result_rows, stay_rows
from enrs.services.record.queries.prescriptions import prescription_rows

offer(
    Offer(
        key="patients",
        label="Mes patients",
        icon="people",
        url_name="record:home",
        summary="Les personnes dont vous êtes dans le cercle.",
        is_for=lambda actor: (
            actor.kind == "professional" and permits(actor.role, "encounters", "read")
        ),
        order=10,
    )
)
offer(
    Offer(
        key="records",
        label="Accueil",
        icon="house",
        url_name="record:home",
        summary="Les dossiers que vous suivez.",
        is_for=lambda actor: actor.kind == "person",
        order=10,
    )
)

offer(
    Offer(
        key="news",
        label="Quoi de neuf",
        icon="inbox",
        url_name="record:inbox",
        summary="Les documents, résultats et notes de tous vos patients.",
        is_for=lambda actor: actor.kind == "professional" and permits(actor.role, "notes", "read"),
        order=12,
    )
)
offer(
    Offer(
        key="publications",
        label="Publications au DMP",
        icon="send",
        url_name="record:publications",
        summary="Les documents produits ici que vous avez publiés, et ceux à reprendre.",
        is_for=lambda actor: (
            actor.kind == "professional" and permits(actor.role, "documents", "write")
        ),
        order=76,
    )
)


panel(Panel("summary", "Synthèse", "clipboard2-pulse", "record:summary", "identity", 10))
panel(Panel("life_line", "Fil de vie", "clock-history", "record:life_line", "encounters", 20))
panel(Panel("documents", "Documents", "file-earmark-text", "record:documents", "documents", 30))
panel(Panel("prescriptions", "Ordonnances", "prescription2", "record:prescriptions", "summary", 35))
panel(Panel("results", "Résultats", "droplet", "record:results", "results", 40))
panel(Panel("notes", "Notes", "chat-left-text", "record:notes", "social", 50))
panel(Panel("accesses", "Accès", "eye", "record:accesses", "journal", 90))

life_kind(LifeKind("stays", "Séjours", "hospital", "encounters", stay_rows, 10, "encounter"))
life_kind(
    LifeKind(
        "documents", "Documents", "file-earmark-text", "documents", document_rows, 20, "document"
    )
)
life_kind(LifeKind("results", "Résultats", "droplet", "results", result_rows, 30, "report"))
life_kind(
    LifeKind(
        "prescriptions",
        "Ordonnances",
        "prescription2",
        "summary",
        prescription_rows,
        35,
        "record_prescription",
    )
)
life_kind(LifeKind("notes", "Notes", "chat-left-text", "notes", note_rows, 40, "note"))
life_kind(LifeKind("measures", "Mesures", "activity", "summary", measure_rows, 50, "measure"))

register_maker(
    Maker(
        making=lambda patient_id, kind, about_id: reverse(
            "record:produce_about", args=[patient_id, kind, about_id]
        ),
        page=lambda one: reverse("record:document", args=[one.patient_id, one.pk]),
    )
)
banner_facts(BannerFacts("summary", allergies_of_banner))
help_page(
    HelpPage(
        key="patients",
        label="Mes patients",
        icon="people",
        summary="Qui est dans ma liste, trouver quelqu’un, lire un dossier",
        template="record/help_patients.html",
        offers=("patients", "news"),
        order=20,
    )
)
