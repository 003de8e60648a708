"""FHIRPath Patch on a tree: each operation, each way to name an element, and what is refused."""

from typing import Any

import pytest

from enrs.core.fhir.rules.patching import PatchError, patched

URL = "https://essai.example/age"


def resource() -> dict[str, Any]:
    return {
        "resourceType": "HealthcareService",
        "name": "Dialyse",
        "availableTime": [{"daysOfWeek": ["mon"]}, {"daysOfWeek": ["tue"], "allDay": True}],
        "extension": [
            {"url": "https://essai.example/other", "valueString": "x"},
            {"url": URL, "extension": [{"url": "ageRange", "valueRange": {"low": {"value": 3}}}]},
        ],
    }


def operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    """An operation whose parts are values by `value[x]`, or whole parts."""
    told = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    for name, value in parts.items():
        if isinstance(value, dict):
            told.append({"name": name} | value)
        else:
            told.append(
                {"name": name, "valueInteger" if type(value) is int else "valueString": value}
            )
    return {"name": "operation", "part": told}


def done(*operations: Any) -> dict[str, Any]:
    return patched(resource(), {"resourceType": "Parameters", "parameter": list(operations)})


def test_each_operation_does_what_the_standard_says():
    tree = done(
        operation("replace", "HealthcareService.name", value="Hémodialyse"),
        operation("add", "HealthcareService", name="comment", value="Six postes"),
        operation("delete", "HealthcareService.availableTime[0]"),
        operation("delete", "HealthcareService.photo"),
        operation(
            "insert", "HealthcareService.availableTime", index=0,
            value={"part": [{"name": "daysOfWeek", "valueCode": "fri"}, {"name": "allDay", "valueBoolean": True}]},
        ),
    )  # fmt: skip
    assert (tree["name"], tree["comment"]) == ("Hémodialyse", "Six postes")
    assert [one["daysOfWeek"] for one in tree["availableTime"]] == [["fri"], ["tue"]]
    assert resource()["name"] == "Dialyse"


@pytest.mark.parametrize(
    "path",
    [
        f"HealthcareService.extension('{URL}').extension('ageRange').value.low.value",
        f"HealthcareService.extension.where(url = '{URL}').extension[0].value.low.value",
        "HealthcareService.extension[1].extension('ageRange').valueRange.low.value",
    ],
)
def test_an_extension_is_named_by_its_address_or_its_rank(path):
    tree = done(operation("replace", path, value=216))
    assert tree["extension"][1]["extension"][0]["valueRange"]["low"]["value"] == 216


def test_an_extension_given_as_parts_is_a_whole_one():
    inner = {
        "name": "extension",
        "part": [{"name": "url", "valueUri": "a"}, {"name": "value", "valueString": "b"}],
    }
    tree = done(
        operation(
            "add", "HealthcareService", name="extension",
            value={"part": [{"name": "url", "valueUri": "https://essai.example/new"}, inner]},
        )
    )  # fmt: skip
    assert tree["extension"][-1] == {
        "url": "https://essai.example/new",
        "extension": [{"url": "a", "valueString": "b"}],
    }


def test_what_a_removal_leaves_empty_is_gone():
    tree = done(
        operation("delete", "HealthcareService.availableTime[1]"),
        operation("delete", "HealthcareService.availableTime[0]"),
    )
    assert "availableTime" not in tree


@pytest.mark.parametrize(
    "wrong",
    [
        operation("move", "HealthcareService.name", value="x"),
        operation("replace", "Patient.name", value="x"),
        operation("replace", "HealthcareService.photo", value="x"),
        operation("replace", "HealthcareService.availableTime.allDay.x", value="x"),
        operation("replace", "HealthcareService.extension", value="x"),
        operation("delete", "HealthcareService.availableTime"),
        operation("replace", "HealthcareService.name.first()", value="x"),
        operation("replace", "HealthcareService.name"),
        operation("add", "HealthcareService", value="x"),
        operation("delete", "HealthcareService"),
        operation(
            "replace", "HealthcareService", value={"part": [{"name": "name", "valueString": "x"}]}
        ),
        operation("insert", "HealthcareService", index=0, value="x"),
        operation("insert", "HealthcareService.availableTime", index=9, value="x"),
        operation("insert", "HealthcareService.name", index=0, value="x"),
        {"name": "operation", "part": "x"},
        {"name": "operation"},
        {"name": "other"},
        None,
    ],
)
def test_what_is_not_read_is_refused(wrong):
    with pytest.raises(PatchError) as refusal:
        done(wrong)
    assert refusal.value.path.startswith("Parameters.parameter[0]")


def test_a_patch_without_operation_is_refused():
    for tree in (
        {},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": []},
    ):
        with pytest.raises(PatchError):
            patched(resource(), tree)
