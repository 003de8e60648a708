"""Taking forms in from services' folders and from people, and moving them from draft to retired."""

import hashlib
import json
from typing import Any

from django.db import connections
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.questionnaires import fhir
from enrs.core.questionnaires.commands.errors import FormRefusedError
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.questionnaires.registry import folders
from enrs.core.questionnaires.rules.reading import read, read_text
from enrs.core.questionnaires.rules.shapes import Definition, DefinitionError, Fault
from enrs.core.questionnaires.value_sets import with_loaded_sets

MANAGERS = ("operator",)
"""Roles that upload, try, publish and retire forms."""

REGION = "region"
"""Owner of what people upload."""


def sync_forms(*, using: str = "default") -> int:
    """Take in the forms of the declared folders; returns how many were new. One query when none is.

    A file that changed under the version it had replaces it when nobody answered it yet; else it
    becomes `version+digest`. The newest is published, the one before it retired.

    Raises:
        FormRefusedError: a file is not a form that the engine supports.
    """
    found = [
        (path, folder.owner, path.read_bytes())
        for folder in folders()
        for path in sorted(folder.path.glob("*.json"))
    ]
    if not found or "form" not in connections[using].introspection.table_names():
        return 0
    known = set(Form.objects.using(using).values_list("name", "digest"))
    with acting(SYSTEM), act():
        return sum(
            _take_in(content, owner) for _, owner, content in found if not _is_known(content, known)
        )


def _is_known(content: bytes, known: set[tuple[str, str]]) -> bool:
    return any(digest == _digest(content) for _, digest in known)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _take_in(content: bytes, owner: str) -> bool:
    definition, tree = _read(content)
    digest = _digest(content)
    version = definition.version
    same = Form.objects.filter(name=definition.name, version=version).first()
    if same and not Answer.objects.filter(form=same).exists():
        same.body, same.digest, same.title = tree, digest, definition.title
        same.url, same.owner = definition.url, owner
        same.save(update_fields=["body", "digest", "title", "url", "owner"])
        fhir.publish_form(same)
        return True
    if same:
        version = f"{version}+{digest[:8]}"
    form = _new_form(definition, tree, digest, owner, version)
    form.save(force_insert=True)
    _publish(form)
    return True


def _read(content: bytes) -> tuple[Definition, dict[str, Any]]:
    try:
        tree = with_loaded_sets(read_text(content))
        return read(tree), tree
    except DefinitionError as error:
        raise FormRefusedError(error.faults) from error


def _new_form(
    definition: Definition, tree: dict[str, Any], digest: str, owner: str, version: str
) -> Form:
    by = current_actor()
    return Form(
        id=uuid7(),
        name=definition.name,
        version=version,
        url=definition.url,
        title=definition.title,
        body=json.loads(json.dumps(tree).replace("\\u0000", "")),
        digest=digest,
        owner=owner,
        uploaded_by=by.user_id,
        uploaded_by_name=by.name,
    )


def _demand_manager() -> None:
    by = current_actor()
    if by.kind != "system" and by.role not in MANAGERS:
        raise AccessRefusedError("profession")


def upload_form(*, content: bytes) -> Form:
    """Keep an uploaded Questionnaire (JSON, UTF-8) as a draft.

    Raises:
        AccessRefusedError: the actor does not manage forms.
        FormRefusedError: unsupported, or its name or version is taken.
    """
    _demand_manager()
    definition, tree = _read(content)
    versions = dict(Form.objects.filter(name=definition.name).values_list("version", "owner"))
    if any(owner != REGION for owner in versions.values()):
        raise FormRefusedError([Fault("name_taken", detail=definition.name)])
    if definition.version in versions:
        raise FormRefusedError([Fault("version_taken", detail=definition.version)])
    with act():
        form = _new_form(definition, tree, _digest(content), REGION, definition.version)
        form.save(force_insert=True)
        _tell(form, "uploaded")
    return form


def try_form(*, form: Form) -> Form:
    """Open a draft to trials."""
    return _move(form, "test", ("draft",), "tried")


def publish_form(*, form: Form) -> Form:
    """Publish a tried form: new answers are given under it, and its former version is retired."""
    return _move(form, "published", ("test",), "published")


def retire_form(*, form: Form) -> Form:
    """Retire a form: no new answer is started; those that began under it are finished."""
    return _move(form, "retired", ("draft", "test", "published"), "retired")


def _move(form: Form, status: str, sources: tuple[str, ...], what: str) -> Form:
    _demand_manager()
    with act():
        current = Form.objects.select_for_update().get(pk=form.pk)
        if current.status not in sources:
            raise FormRefusedError([Fault("status", detail=current.status)])
        if status == "published":
            _publish(current)
        else:
            current.status = status
            current.save(update_fields=["status"])
            if status == "retired":
                fhir.publish_form(current)
        _tell(current, what)
    return current


def _publish(form: Form) -> None:
    """Retire the version that stood, then publish this one."""
    for former in Form.objects.filter(name=form.name, status="published").exclude(pk=form.pk):
        former.status = "retired"
        former.save(update_fields=["status"])
        fhir.publish_form(former)
    form.status, form.published_at = Form.Status.PUBLISHED, timezone.now()
    form.save(update_fields=["status", "published_at"])
    fhir.publish_form(form)


def _tell(form: Form, what: str) -> None:
    note(
        f"questionnaires.form.{what}",
        object_kind="form",
        object_id=form.pk,
        details={"name": form.name, "version": form.version},
    )
