"""Files that answers to forms name: they go with the record that alone holds them, and stay for another's answer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.documents import store
from enrs.core.documents.models import Blob
from enrs.core.questionnaires.models import Answer, AnswerVersion, Form
from tests.services.record import factories as record
from tests.services.rights.factories import long_ago

pytestmark = pytest.mark.django_db
THEN = timezone.now() - timedelta(days=9000)


def items(blob):
    return {
        "piece": {"blob": bytes(blob.address).hex(), "title": "a", "mime": "text/plain", "size": 3}
    }


@pytest.fixture
def answer():
    form = Form.objects.create(
        name="essai", version="1", url="", title="Essai", body={}, digest="", owner="region"
    )

    def give(patient, blob, former=None):
        made = Answer.objects.create(
            patient=patient, form=form, form_name="essai", form_version="1", author_name="",
            started_at=THEN, saved_at=THEN, saved_by_name="", items=items(blob) if blob else {},
        )  # fmt: skip
        if former:
            AnswerVersion.objects.create(
                answer=made, patient=patient, version=1, items=items(former), scores={},
                saved_at=THEN, saved_by_name="",
            )  # fmt: skip
        return made

    return give


def erase(patient):
    with connection.cursor() as cursor:
        cursor.execute("select held_in, row_count from subjects_erase(%s)", [[patient.pk]])
        return dict(cursor.fetchall())


def stays(blob):
    return Blob.objects.filter(pk=blob.pk).exists()


def test_a_file_joined_to_another_person_s_form_stays(answer):
    gone, other = long_ago(40), long_ago(5)
    now = record.document(gone.pk, b"LE MEME", happened_at=THEN).blob
    formerly = record.document(gone.pk, b"AUTREFOIS", happened_at=THEN).blob
    answer(other, now, formerly)
    assert "blob" not in erase(gone)
    assert stays(now)
    assert stays(formerly)
    assert store.take(now) == b"LE MEME"


def test_the_files_of_a_person_s_own_forms_go_with_the_record(answer):
    gone, other = long_ago(40), long_ago(5)
    alone, former, shared, held = map(store.put, (b"SEUL", b"AVANT", b"A DEUX", b"DOCUMENT"))
    answer(gone, alone, former)
    answer(gone, shared, held)
    answer(other, shared)
    record.document(other.pk, b"DOCUMENT", happened_at=THEN)
    assert erase(gone)["blob"] == 2
    assert [stays(one) for one in (alone, former, shared, held)] == [False, False, True, True]
