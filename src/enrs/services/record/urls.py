from django.urls import path

from enrs.services.record.views import accesses, documents, emergency, home, notes, pages, results

app_name = "record"
record = "dossier/<uuid:patient_id>/"
urlpatterns = [
    path("", home.home, name="home"),
    path("mes-acces/", accesses.my_accesses, name="my_accesses"),
    path("bris-de-glace/<str:token>/", emergency.break_glass_page, name="break_glass"),
    path(record, pages.summary, name="summary"),
    path(f"{record}fil/", pages.life_line, name="life_line"),
    path(f"{record}imprimer/", pages.print_sheet, name="print"),
    path(f"{record}documents/", documents.listing, name="documents"),
    path(f"{record}documents/<uuid:document_id>/", documents.view, name="document"),
    path(f"{record}documents/<uuid:document_id>/fichier/", documents.content, name="document_file"),
    path(
        f"{record}documents/<uuid:document_id>/piece/<int:index>/",
        documents.attachment,
        name="document_attachment",
    ),
    path(f"{record}resultats/", results.table, name="results"),
    path(f"{record}resultats/<path:code>/", results.curve, name="result"),
    path(f"{record}notes/", notes.listing, name="notes"),
    path(f"{record}notes/<uuid:note_id>/", notes.amend, name="note"),
    path(f"{record}notes/<uuid:note_id>/retirer/", notes.withdraw, name="note_withdraw"),
    path(f"{record}acces/", accesses.journal, name="accesses"),
]
