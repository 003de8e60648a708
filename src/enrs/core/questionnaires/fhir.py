"""Forms and answers as FHIR R4: Questionnaire, QuestionnaireResponse, and the Observations drawn from them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from enrs.core.fhir.commands import publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.rules.identifiers import identifier_keys
from enrs.core.fhir.rules.requests import search_text
from enrs.core.moments import in_zone, region_zone_name
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.questionnaires.queries import definition_of, values_of
from enrs.core.questionnaires.registry import extraction_of
from enrs.core.questionnaires.rules.parts import sees
from enrs.core.questionnaires.rules.responses import from_items, to_items
from enrs.core.questionnaires.rules.rows import instances
from enrs.core.questionnaires.rules.shapes import Definition, Item, Values
from enrs.core.questionnaires.rules.values import as_list, to_fhir

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
STATUS = {"draft": "draft", "test": "draft", "published": "active", "retired": "retired"}


def publish_form(form: Form) -> None:
    """Publish the current state of a form as a Questionnaire."""
    resource = dict(form.body) | {
        "resourceType": "Questionnaire",
        "id": str(form.pk),
        "url": form.url,
        "version": form.version,
        "status": STATUS[form.status],
        "experimental": form.status == Form.Status.TEST,
    }
    resource.pop("meta", None)
    keys = [
        ("url", form.url), ("name", search_text(form.name)), ("title", search_text(form.title)),
        ("version", form.version), ("status", STATUS[form.status]),
    ]  # fmt: skip
    publish(resource, patient_id=None, category="", keys=keys)


def publish_answer(
    answer: Answer, *, former: Answer | None = None, is_deleted: bool = False
) -> None:
    """Publish a finished answer and what is drawn from it; nothing for a trial or an unfinished one.

    `former` is the answer as it was before it was amended: what was drawn from it alone is withdrawn.
    """
    if answer.is_trial or answer.status == Answer.Status.IN_PROGRESS or not answer.patient_id:
        return
    resource = response(answer)
    keys = [
        *identifier_keys(answer.identifiers),
        ("questionnaire", answer.form.url),
        ("questionnaire", resource["questionnaire"]),
        ("status", answer.status),
        ("authored", resource["authored"]),
        ("date", resource["authored"]),
    ]
    publish(
        resource,
        patient_id=answer.patient_id,
        category="assessment",
        keys=keys,
        is_deleted=is_deleted,
    )
    found = {one["id"]: one for one in drawn(answer)}
    for one in found.values():
        _publish_observation(answer, one, is_deleted=is_deleted)
    for one in drawn(former) if former else ():
        if one["id"] not in found:  # what an amendment no longer says
            _publish_observation(answer, one, is_deleted=True)


def drawn(answer: Answer) -> list[dict[str, Any]]:
    """The Observations of a finished answer: by its form's own extraction, else the usual ones."""
    extract = extraction_of(answer.form_name)
    return list(extract(answer, values_of(answer)) if extract else observations(answer))


def _publish_observation(answer: Answer, one: dict[str, Any], *, is_deleted: bool) -> None:
    codings = one.get("code", {}).get("coding", ())
    keys = [
        ("status", one.get("status", "final")),
        ("category", "survey"),
        ("date", one.get("effectiveDateTime", "")),
    ]
    for coding in codings:
        keys += [("code", coding["code"]), ("code", f"{coding.get('system', '')}|{coding['code']}")]
    publish(
        one,
        patient_id=answer.patient_id,
        category="assessment",
        keys=keys,
        is_deleted=is_deleted,
    )


def response(answer: Answer) -> dict[str, Any]:
    """The QuestionnaireResponse of an answer.

    Parts reserved to roles are left out: whoever reads the resource reads all of it.
    """
    return _response(answer, lambda item: not item.is_restricted)


def response_under_way(answer: Answer, role: str) -> dict[str, Any]:
    """The QuestionnaireResponse of an answer that is not kept yet: what this role is shown, no id, no author."""
    resource = _response(answer, lambda item: sees(item, role))
    del resource["id"], resource["author"]
    return resource


def _response(answer: Answer, keep: Callable[[Item], bool]) -> dict[str, Any]:
    definition = definition_of(answer.form)
    items = to_items(definition.items, values_of(answer), keep)
    stamp = answer.completed_at or answer.saved_at
    resource: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "id": str(answer.pk),
        "questionnaire": f"{answer.form.url}|{answer.form_version}",
        "status": answer.status,
        "authored": instant(stamp),
        "author": {"display": answer.saved_by_name},
        "item": _with_zones(items),
    }
    if answer.identifiers:
        resource["identifier"] = answer.identifiers[0]
    if answer.patient_id:
        resource["subject"] = {"reference": f"Patient/{answer.patient_id}"}
    if not items:
        del resource["item"]
    return resource


def observations(answer: Answer) -> Iterator[dict[str, Any]]:
    """The Observations of the items marked `observationExtract` that carry a code, row by row in a table."""
    definition, values = definition_of(answer.form), values_of(answer)
    for item in definition.walk():
        if not item.is_extracted or not item.codes or item.is_restricted:
            continue
        found = [
            one
            for _, row in instances(item.scope, values)
            for one in as_list(row.get(item.link_id))
        ]
        for rank, value in enumerate(found):
            yield _observation(answer, item, rank, value)


def _observation(answer: Answer, item: Item, rank: int, value: Any) -> dict[str, Any]:
    kind, content = to_fhir(item, value)
    if kind == "Coding":
        kind, content = "CodeableConcept", {"coding": [content]}
    if kind in ("Decimal", "Integer"):
        unit = item.units[0] if item.units else None
        body: dict[str, Any] = {"value": content}
        if unit:
            body |= {
                "unit": unit.display,
                "system": "http://unitsofmeasure.org",
                "code": unit.code,
            }
        kind, content = "Quantity", body
    return {
        "resourceType": "Observation",
        "id": str(uuid5(answer.pk, f"{item.link_id}#{rank}")),
        "status": "amended" if answer.status == Answer.Status.AMENDED else "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "survey"}]}],
        "code": {"coding": [dict(one) for one in item.codes], "text": item.text},
        "subject": {"reference": f"Patient/{answer.patient_id}"},
        "effectiveDateTime": instant(answer.completed_at or answer.saved_at),
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{answer.pk}"}],
        f"value{kind}": content,
    }


def values_from(definition: Definition, resource: dict[str, Any]) -> Values:
    """The values of a QuestionnaireResponse, moments in the region's time; not checked yet.

    Raises:
        UnknownItemError: it answers what the form does not ask.
    """
    return _localised(definition, from_items(definition, resource.get("item", ())))


def _localised(definition: Definition, values: Values) -> Values:
    found: Values = {}
    for link_id, value in values.items():
        item = definition.by_link[link_id]
        if item.is_table:
            found[link_id] = [_localised(definition, row) for row in value]
        elif item.type == "dateTime":
            moments = [_local(one) for one in as_list(value)]
            found[link_id] = moments if item.is_repeating else moments[0]
        else:
            found[link_id] = value
    return found


def _local(text: str) -> str:
    if "T" not in str(text):
        return str(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return str(text)
    if moment.tzinfo is None:
        return moment.strftime("%Y-%m-%dT%H:%M")
    return moment.astimezone(ZoneInfo(region_zone_name())).strftime("%Y-%m-%dT%H:%M")


def _with_zones(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Local moments get the region's offset, that FHIR demands."""
    zone = ZoneInfo(region_zone_name())
    for node in nodes:
        for one in node.get("answer", ()):
            text = one.get("valueDateTime", "")
            if "T" in text:
                moment = in_zone(datetime.fromisoformat(text), zone)
                one["valueDateTime"] = moment.astimezone(zone).isoformat()
        _with_zones(node.get("item", []))
    return nodes
