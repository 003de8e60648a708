from django.urls import path

from enrs.services.record.views import (
    accesses,
    creation,
    documents,
    emergency,
    home,
    inbox,
    intake,
    marks,
    medical,
    notes,
    pages,
    producing,
    publishing,
    results,
    secrets,
    sending,
)

app_name = "record"
record = "dossier/<uuid:patient_id>/"
urlpatterns = [
    path("", home.home, name="home"),
    path("mes-acces/", accesses.my_accesses, name="my_accesses"),
    path("bris-de-glace/<str:token>/", emergency.break_glass_page, name="break_glass"),
    path("quoi-de-neuf/", inbox.inbox, name="inbox"),
    path("quoi-de-neuf/vu/", inbox.seen, name="inbox_seen"),
    path("mes-listes/", inbox.lists, name="lists"),
    path("mes-listes/<uuid:list_id>/", inbox.one_list, name="list"),
    path("mes-listes/<uuid:list_id>/retirer/", inbox.list_remove, name="list_remove"),
    path(f"{record}favori/", inbox.favourite, name="favourite"),
    path(f"{record}tournees/", inbox.rounds, name="rounds"),
    path("dossier/nouveau/", creation.new, name="new"),
    path("dossier/listes-actives/", intake.listing, name="intakes"),
    path("dossier/listes-actives/<uuid:intake_id>/", intake.report, name="intake"),
    path("dossier/listes-actives/<uuid:intake_id>/lancer/", intake.start, name="intake_start"),
    path(
        "dossier/listes-actives/<uuid:intake_id>/abandonner/", intake.cancel, name="intake_cancel"
    ),
    path(
        "dossier/listes-actives/<uuid:intake_id>/refus.csv", intake.refused, name="intake_refused"
    ),
    path(record, pages.summary, name="summary"),
    path(f"{record}fil/", pages.life_line, name="life_line"),
    path(f"{record}imprimer/", pages.print_sheet, name="print"),
    path(f"{record}remettre/", sending.send, name="send"),
    path(f"{record}documents/", documents.listing, name="documents"),
    path(f"{record}documents/produire/", producing.kinds, name="produce"),
    path(f"{record}documents/produire/<slug:kind>/", producing.produce, name="produce_one"),
    path(
        f"{record}documents/produire/<slug:kind>/<uuid:about_id>/",
        producing.produce_about,
        name="produce_about",
    ),
    path(
        f"{record}documents/<uuid:document_id>/publier/",
        publishing.publish,
        name="document_publish",
    ),
    path("publications/", publishing.listing, name="publications"),
    path(
        "publications/<uuid:publication_id>/rejouer/", publishing.replay, name="publication_replay"
    ),
    path(f"{record}documents/<uuid:document_id>/", documents.view, name="document"),
    path(f"{record}documents/<uuid:document_id>/fichier/", documents.content, name="document_file"),
    path(
        f"{record}documents/<uuid:document_id>/piece/<int:index>/",
        documents.attachment,
        name="document_attachment",
    ),
    path(f"{record}documents/<uuid:document_id>/masquer/", marks.mask, name="document_mask"),
    path(f"{record}documents/<uuid:document_id>/montrer/", marks.show, name="document_show"),
    path(
        f"{record}documents/<uuid:document_id>/attendre-annonce/",
        marks.withhold,
        name="document_withhold",
    ),
    path(
        f"{record}documents/<uuid:document_id>/annonce-faite/",
        marks.disclose,
        name="document_disclose",
    ),
    path(f"{record}secret/", secrets.listing, name="secrets"),
    path(f"{record}secret/<uuid:secret_id>/lever/", secrets.lift, name="secret_lift"),
    path(f"{record}resultats/", results.table, name="results"),
    path(f"{record}resultats/<path:code>/", results.curve, name="result"),
    path(f"{record}notes/", notes.listing, name="notes"),
    path(f"{record}notes/<uuid:note_id>/", notes.amend, name="note"),
    path(f"{record}notes/<uuid:note_id>/garder/", notes.keep, name="note_keep"),
    path(f"{record}notes/<uuid:note_id>/photo/", notes.photo, name="note_photo"),
    path(f"{record}notes/<uuid:note_id>/retirer/", notes.withdraw, name="note_withdraw"),
    path(f"{record}aucune-allergie/", medical.no_allergy, name="no_allergy"),
    path(f"{record}donnees/<slug:kind>/", medical.listing, name="entries"),
    path(f"{record}donnees/<slug:kind>/ajouter/", medical.add, name="entry_add"),
    path(f"{record}donnees/<slug:kind>/<uuid:entry_id>/", medical.change, name="entry"),
    path(
        f"{record}donnees/<slug:kind>/<uuid:entry_id>/retirer/",
        medical.withdraw,
        name="entry_withdraw",
    ),
    path(f"{record}acces/", accesses.journal, name="accesses"),
]
