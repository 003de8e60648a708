"""`Patient/$match` (FHIR R4) and `Patient/$ihe-pix` (IHE PIXm, ITI-83): who is this, and by which numbers."""

import os
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import connection

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.fhir.answers import RefusedError, base_address
from enrs.core.fhir.operations import Call, register_operation
from enrs.core.fhir.writing import WriteError
from enrs.core.numbers import whole
from enrs.referentials.identity import probing
from enrs.referentials.identity.fhir_reading import traits_of
from enrs.referentials.identity.queries import TooManySearchesError

Tree = dict[str, Any]
PER_MINUTE = int(os.environ.get("ENRS_MATCH_PER_MINUTE", "600"))
"""Calls of one account in a minute: ten a second, more than an admission desk asks."""

MOST = 20
"""Candidates in one answer."""

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
SEALED = "urn:enrs:identity:token"
"""System of the sealed value that stands for somebody outside of the asker's circle, ten minutes."""

READABLE = """
select r.id, r.body from fhir_resource r
where r.type = 'Patient' and r.id = any (%s) and r.is_current and not r.is_deleted
  and (fhir_decide(%s, %s::uuid[], r.patient_id, r.category, r.marks)).allowed
"""
TOO_MANY = "Trop de recherches en une minute : attendez avant de recommencer."


def match(call: Call) -> Tree:
    """`Patient/$match`: in `resource`, `onlyCertainMatches`, `count`; out a searchset with grades.

    Who is in the caller's circle comes whole; anybody else is the numbers of the caller's own place, or a
    token, and no trait. Nobody is made.
    """
    by = _prober(call)
    resource = call.resource("resource", "Patient")
    if resource is None:
        text = "Donnez un « Parameters » dont « resource » est le Patient cherché."
        raise WriteError(text, status=400, code="required", path="Parameters.parameter")
    traits = traits_of(resource)
    if not traits.ins and not (traits.birth_name and traits.birth_date):
        text = "Il faut une INS, ou un nom de naissance (name.family, use official) et une date de naissance."
        raise WriteError(text, code="required", path="Patient.name")
    told = probing.probe(
        traits,
        limit=_count(call),
        only_certain=_flag(call, "onlyCertainMatches"),
        by=by,
        action="fhir.match",
    )
    bodies = _bodies([one.found.patient_id for one in told if one.is_inside], by)
    entries = [_entry(one, bodies.get(one.found.patient_id)) for one in told]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _prober(call: Call) -> Actor:
    if call.launch_patient is not None:
        # A token of one patient knows who they are.
        raise RefusedError(403)
    try:
        return probing.demand_prober(per_minute=PER_MINUTE)
    except TooManySearchesError as error:
        raise RefusedError(429, TOO_MANY, headers={"Retry-After": "60"}) from error


def _bodies(ids: list[UUID], by: Actor) -> dict[UUID, Tree]:
    """The published resources of the patients whom the caller reads, by the decision of any FHIR read."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(READABLE, [ids, by.role, list(by.grantees)])
        return {key: orjson.loads(body) for key, body in cursor.fetchall()}


def _entry(told: probing.Told, body: Tree | None) -> Tree:
    address = f"{base_address()}/Patient/{told.found.patient_id}"
    search: Tree = {
        "extension": [{"url": GRADE, "valueCode": told.found.grade}],
        "mode": "match",
        "score": round(told.found.probability, 4),
    }
    if body is None:
        # Of a stranger the grade alone: a figure that moves with each trait would let it be guessed.
        del search["score"]
        address, body = f"urn:uuid:{uuid4()}", {"resourceType": "Patient"}
        if numbers := _identifiers(told):
            body["identifier"] = numbers
    return {
        "fullUrl": address,
        "resource": body,
        "search": search,
    }


def _identifiers(told: probing.Told) -> list[Tree]:
    if told.token:
        return [{"use": "temp", "system": SEALED, "value": told.token}]
    return [{"system": system, "value": value} for system, value in told.numbers]


def _count(call: Call) -> int:
    given = call.parameter("count")
    if not given:
        return 10
    number = given.get("valueInteger", given.get("valuePositiveInt"))
    if not isinstance(number, int):
        number = whole(str(given.get("valueString", "")))
    if not number or number < 1:
        text = "« count » est un nombre de 1 à 20."
        raise WriteError(text, status=400, code="value", path="Parameters.parameter")
    return min(number, MOST)


def _flag(call: Call, name: str) -> bool:
    given = call.parameter(name)
    return given.get("valueBoolean") is True or given.get("valueString") == "true"


# --- PIXm -----------------------------------------------------------------------------------------


def cross(call: Call) -> Tree:
    """`Patient/$ihe-pix`: in `sourceIdentifier` (system|value) and `targetSystem`; out the other numbers.

    The patient's circle is told all that the Patient resource shows; the place that gave the number, its own
    numbers and the regional one. For anybody else the number does not exist.
    """
    by = _prober(call)
    system, value = _source(call)
    targets = [str(_value(one)) for one in _all(call, "targetSystem")]
    owner = probing.owner_of(system, value)
    if not owner.is_domain:
        raise _fault(
            400,
            "code-invalid",
            "Le domaine de « sourceIdentifier » n'est pas connu ici.",
            "sourceIdentifier",
        )
    if owner.patient_id is None:
        raise RefusedError(404, "Ce numéro n'est connu de personne que vous puissiez connaître.")
    found = _numbers_of(owner, by)
    for target in targets:
        # A domain that shows nothing here may exist or not: the answer is the same (PIXm, 2:3.83.4.1.3).
        if (
            target not in {one["system"] for one in found}
            and not probing.owner_of(target, "").is_domain
        ):
            raise _fault(
                403,
                "code-invalid",
                "« targetSystem » n'est pas un domaine connu ici.",
                "targetSystem",
            )
    wanted = [
        one
        for one in found
        if (
            one["system"] in targets
            if targets
            else (one["system"], one["value"]) != (system, value)
        )
    ]
    note(
        "fhir.ihe-pix",
        patient_ids=[owner.patient_id],
        object_kind="identity",
        object_id=owner.patient_id,
    )
    told: list[Tree] = [{"name": "targetIdentifier", "valueIdentifier": one} for one in wanted]
    if owner.is_inside and not targets:
        reference = {"reference": f"Patient/{owner.patient_id}"}
        told.append({"name": "targetId", "valueReference": reference})
    tree: Tree = {"resourceType": "Parameters"}
    return tree | {"parameter": told} if told else tree


def _numbers_of(owner: probing.Owner, by: Actor) -> list[Tree]:
    assert owner.patient_id is not None  # noqa: S101 - the caller looked
    body = _bodies([owner.patient_id], by).get(owner.patient_id) if owner.is_inside else None
    if body is not None:
        shown = [one for one in body.get("identifier", []) if one.get("use") != "old"]
        return [
            {"use": one["use"], "system": one["system"], "value": one["value"]} for one in shown
        ]
    pairs = [
        (settings.REGION.identity_domain, str(owner.patient_id)),
        *probing.own_numbers(owner.patient_id),
    ]
    return [{"system": system, "value": value} for system, value in pairs]


def _source(call: Call) -> tuple[str, str]:
    given = call.parameter("sourceIdentifier")
    identifier = given.get("valueIdentifier")
    if identifier:
        system, value = str(identifier.get("system", "")), str(identifier.get("value", ""))
    else:
        system, _, value = str(_value(given) or "").partition("|")
    if not system or not value:
        text = "« sourceIdentifier » s'écrit domaine|numéro, par exemple urn:finess:750000000|4012."
        raise _fault(400, "invalid", text, "sourceIdentifier")
    return system, value


def _all(call: Call, name: str) -> list[Tree]:
    given = (call.body or {}).get("parameter", ())
    return [one for one in given if one.get("name") == name]


def _value(parameter: Tree) -> Any:
    return next((value for key, value in parameter.items() if key.startswith("value")), None)


def _fault(status: int, code: str, text: str, name: str) -> WriteError:
    return WriteError(text, status=status, code=code, path=f"Parameters.parameter({name})")


def register() -> None:
    """Offer both; called when the application loads."""
    register_operation(
        "Patient", "match", match, wants=(("Patient", "s"),),
        definition="http://hl7.org/fhir/OperationDefinition/Patient-match",
    )  # fmt: skip
    register_operation(
        "Patient", "ihe-pix", cross, wants=(("Patient", "s"),),
        definition="https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
    )  # fmt: skip
