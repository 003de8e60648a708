"""Encrypted blobs: round trips, one row per content, altered bytes, erased and turned keys."""

import secrets
import threading
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection, transaction

from enrs.config.secrets import BlobKey
from enrs.core.documents import store
from enrs.core.documents.models import Blob

PLAIN = "Compte rendu d'hospitalisation de Mme N'DIAYE, née le 12 mars 1944".encode()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [PLAIN, b"\0", bytes(range(256)) * 4000], ids=len)
def test_round_trip(content):
    blob = Blob.objects.get(pk=store.put(content).pk)
    assert store.take(blob) == content
    assert blob.size == len(content)


@pytest.mark.django_db
def test_nothing_of_the_content_is_kept_in_clear():
    blob = Blob.objects.get(pk=store.put(PLAIN).pk)
    kept = bytes(blob.data) + bytes(blob.wrapped_key) + bytes(blob.address)
    for start in range(0, len(PLAIN) - 8, 8):
        assert PLAIN[start : start + 8] not in kept
    assert len(bytes(blob.data)) == 12 + len(PLAIN) + 16


@pytest.mark.django_db
def test_same_content_is_kept_once():
    assert store.put(PLAIN).pk == store.put(PLAIN).pk
    many = store.put_many([PLAIN, b"autre", PLAIN])
    assert [one.pk for one in many] == [store.address_of(one) for one in (PLAIN, b"autre", PLAIN)]
    assert Blob.objects.count() == 2
    assert store.take(Blob.objects.get(pk=store.address_of(b"autre"))) == b"autre"


@pytest.mark.django_db
def test_many_are_two_statements(django_assert_max_num_queries):
    contents = [f"document {n}".encode() for n in range(200)]
    with django_assert_max_num_queries(4):
        kept = store.put_many(contents)
    assert [store.take(Blob.objects.get(pk=one.pk)) for one in kept[:3]] == contents[:3]


@pytest.mark.django_db
def test_address_says_nothing_without_its_key(settings):
    here = store.address_of(PLAIN)
    settings.SECRETS = replace(settings.SECRETS, blob_address_key=b"z" * 32)
    assert store.address_of(PLAIN) != here


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["data", "wrapped_key"])
@pytest.mark.parametrize("place", [0, 12, -1])
def test_altered_byte_is_refused(field, place):
    blob = store.put(PLAIN)
    content = bytearray(getattr(blob, field))
    content[place] ^= 1
    Blob.objects.filter(pk=blob.pk).update(**{field: bytes(content)})
    with pytest.raises(InvalidTag):
        store.take(Blob.objects.get(pk=blob.pk))


@pytest.mark.django_db
def test_content_moved_under_another_address_is_refused():
    one, other = store.put(PLAIN), store.put(b"autre")
    Blob.objects.filter(pk=one.pk).update(data=other.data, wrapped_key=other.wrapped_key)
    with pytest.raises(InvalidTag):
        store.take(Blob.objects.get(pk=one.pk))


@pytest.mark.django_db
def test_erased_key_is_said():
    blob = store.put(PLAIN)
    Blob.objects.filter(pk=blob.pk).update(wrapped_key=None)
    with pytest.raises(store.BlobErasedError):
        store.take(Blob.objects.get(pk=blob.pk))


@pytest.mark.django_db
def test_turned_keyring_opens_the_old_and_wraps_with_the_new(settings):
    old = store.put(PLAIN)
    fresh = BlobKey("nouvelle", secrets.token_bytes(32))
    former = settings.SECRETS.blob_keyring
    settings.SECRETS = replace(settings.SECRETS, blob_keyring=(*former, fresh))
    new = store.put(b"autre")
    assert (old.keyring_id, new.keyring_id) == (former[-1].id, "nouvelle")
    assert store.take(Blob.objects.get(pk=old.pk)) == PLAIN
    assert store.take(Blob.objects.get(pk=new.pk)) == b"autre"
    settings.SECRETS = replace(settings.SECRETS, blob_keyring=(fresh,))
    with pytest.raises(KeyError):
        store.take(Blob.objects.get(pk=old.pk))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_one(monkeypatch):
    start, kept, failures = threading.Barrier(2), [], []
    sealed = store._sealed

    def slow(*arguments):
        start.wait(10)
        return sealed(*arguments)

    monkeypatch.setattr(store, "_sealed", slow)

    def put():
        try:
            kept.append(store.put(PLAIN))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=put) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert failures == []
    assert [store.take(Blob.objects.get(pk=one.pk)) for one in kept] == [PLAIN, PLAIN]
    assert Blob.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_the_same_contents_never_stop_each_other():
    contents = [f"texte {number}".encode() for number in range(400)]
    failures = []

    def write(order):
        try:
            with transaction.atomic():
                store.put_many(order)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    for _ in range(5):
        Blob.objects.all().delete()
        writers = [
            threading.Thread(target=write, args=(order,)) for order in (contents, contents[::-1])
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    assert failures == []
    assert Blob.objects.count() == len(contents)
