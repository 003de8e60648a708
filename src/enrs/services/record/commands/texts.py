"""The words of documents, read once by the worker for the search within a record."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.formats.cda import reader, viewer
from enrs.services.record.models import DocumentText

BATCH = 100
MAX_WORDS = 200_000
"""Characters read of one document: a tsvector holds a megabyte."""
SETTLED = timedelta(seconds=30)
"""A document is read when every transaction that began before it has long ended: identifiers are in order
of time, so that the last one read says where to go on."""
CDA_TYPES = ("text/xml", "application/xml", "application/hl7-cda+xml")
INSERT = """
insert into document_text (document_id, patient_id, words) values (%s, %s, to_tsvector('french', %s))
on conflict do nothing
"""


def index_documents() -> bool:
    """Read the words of the next documents, as the platform; whether more is waiting (the job).

    CDA and plain texts are read; of a PDF or an image only title, kind and author are searched.
    """
    with acting(SYSTEM), act():
        last = DocumentText.objects.order_by("-document_id").values_list("document_id", flat=True)
        rows = Document.objects.filter(recorded_at__lt=timezone.now() - SETTLED)
        after = last.first()
        if after:
            rows = rows.filter(id__gt=after)
        found = list(rows.select_related("blob").order_by("id")[:BATCH])
        values = [(one.id, one.patient_id, words_of(one)) for one in found]
        if values:
            with connection.cursor() as cursor:
                cursor.executemany(INSERT, values)
        return len(found) == BATCH


def words_of(document: Document) -> str:
    """The text of a document's content; nothing of one that cannot be read."""
    is_cda = document.mime_type in CDA_TYPES
    if not is_cda and document.mime_type != "text/plain":
        return ""
    try:
        content = store.take(document.blob)
        text = (
            viewer.plain_text(reader.read(content)) if is_cda else content.decode(errors="replace")
        )
    except (reader.CdaError, store.BlobErasedError):
        return ""
    return text.replace("\x00", " ")[:MAX_WORDS]
