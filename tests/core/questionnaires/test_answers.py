"""Starting, saving, finishing, amending: through the commands, as each actor."""

from pathlib import Path

import orjson
import pytest

from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Key, Resource
from enrs.core.fhir.writing import WriteError, writer_of
from enrs.core.questionnaires import commands, queries, registry
from enrs.core.questionnaires.models import Answer, AnswerVersion, Form
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.registry import LifePosition
from tests.factories import UserFactory, actor, known_patient, member, person_of

WHOLE = {"poids": {"value": "72.5", "unit": "kg"}, "taille": "1.70", "chute": False}


def save(answer: Answer, values, **more):
    answer.refresh_from_db()
    return commands.save_answer(
        answer=answer, values=values, expected_version=answer.version, **more
    )


def codes(error) -> list[tuple[str, str]]:
    return [(one.link_id, one.code) for one in error.value.faults]


def test_forms_are_taken_in_once(forms, django_assert_num_queries):
    assert {one.status for one in forms.values()} == {"published"}
    assert commands.sync_forms() == 0
    assert Form.objects.filter(owner="essais").count() == 3
    body = Resource.objects.get(type="Questionnaire", id=forms["essai-lieu"].pk, is_current=True)
    assert orjson.loads(body.body)["status"] == "active"


def test_a_file_changed_under_its_version_keeps_what_was_answered(
    answer, tmp_path: Path, monkeypatch
):
    old = answer.form
    text = (Path(__file__).parent / "forms" / "essai-sante.json").read_text()
    (tmp_path / "a.json").write_text(text.replace("Point de santé", "Point de santé revu"))
    monkeypatch.setattr(registry, "_folders", {})
    registry.register_forms(tmp_path, owner="essais")
    assert commands.sync_forms() == 1
    newest = queries.published_form("essai-sante")
    assert newest.version.startswith("1.0+")
    old.refresh_from_db()
    assert (old.status, old.title) == ("retired", "Point de santé (essai)")
    answer.refresh_from_db()
    assert answer.form_id == old.pk


def test_an_answer_starts_with_what_is_known(answer):
    assert 80 <= answer.items["age"] <= 90
    assert answer.items["secret"] == "essai"
    assert answer.identity_id is not None
    assert (answer.form_name, answer.form_version) == ("essai-sante", "1.0")


def test_a_registered_source_fills_its_item(forms, patient, nurse, as_actor):
    registry.register_source("poids", lambda _: {"value": 64.2, "code": "kg"})
    with as_actor(actor(nurse)):
        started = commands.start_answer(form="essai-sante", patient_id=patient.pk)
    assert started.items["poids"] == {"value": "64.2", "unit": "kg"}


def test_scores_follow_what_is_saved(answer, nurse, as_actor):
    with as_actor(actor(nurse)):
        save(answer, WHOLE | {"moral": "bas"})
        assert answer.scores == {"imc": "25.1", "score": 3}
        save(answer, {"taille": ""})
        assert answer.scores == {"score": 3}
        assert queries.values_of(answer)["score"] == 3


def test_the_end_demands_what_is_required_and_stands(answer, nurse, as_actor):
    with as_actor(actor(nurse)):
        with pytest.raises(commands.FormRefusedError) as error:
            save(answer, {"chute": True}, is_final=True)
        assert sorted(codes(error)) == [("chutes", "required"), ("poids", "required")]
        save(answer, WHOLE | {"chutes": 3}, is_final=True)
    assert answer.status == "completed"
    assert "chutes" not in answer.items, "the question did not stand any more"


@pytest.mark.parametrize(
    ("link_id", "value", "code"),
    [
        ("chutes", "trois", "integer"),
        ("chutes", 0, "min_value"),
        ("poids", {"value": "500", "unit": "kg"}, "max_value"),
        ("poids", {"value": "50", "unit": "lb"}, "unit"),
        ("taille", "1.705", "decimals"),
        ("moral", "excellent", "option"),
        ("aide", ["canne", "jambe"], "option"),
        ("code", "7500", "pattern"),
        ("site", "javascript:alert(1)", "url"),
        ("heure", "25:00", "time"),
        ("vu", "2026-02-30T10:00", "date_time"),
        ("souhait", "x" * 2001, "max_length"),
        ("numeros", "un seul", "rows"),
        ("numeros", ["1"] * 101, "rows"),
        ("medecin", {"reference": "../../etc"}, "reference"),
        ("traitements", [{"inconnu": 1}], "unknown_item"),
        ("absent", 1, "unknown_item"),
        ("nom", "hors du tableau", "unknown_item"),
    ],
)
def test_what_does_not_fit_is_refused(  # noqa: PLR0917
    link_id, value, code, answer, nurse, as_actor
):
    with as_actor(actor(nurse)), pytest.raises(commands.FormRefusedError) as error:
        save(answer, {link_id: value})
    assert codes(error) == [(link_id, code)]
    answer.refresh_from_db()
    assert answer.version == 1


def test_hidden_calculated_and_reserved_items_are_not_filled_by_force(answer, nurse, as_actor):
    forged = {"secret": "forgé", "score": 99, "imc": "1", "age": 3, "avis": "forgé"}
    with as_actor(actor(nurse)):
        save(answer, WHOLE | forged)
    answer.refresh_from_db()
    assert answer.items["secret"] == "essai"
    assert answer.items["age"] != 3
    assert "avis" not in answer.items
    assert answer.scores == {"imc": "25.1"}
    line = AuditLine.objects.get(action="questionnaires.answer.ignored")
    assert line.outcome == "refused"


def test_the_physician_fills_their_part_and_only_readers_see_it(
    answer, patient, physician, nurse, as_actor
):
    worker = member(patient, "social_worker")
    with as_actor(actor(physician)):
        save(answer, WHOLE | {"moral": "bas", "avis": "À revoir"})
        shown = queries.visible_values(queries.answer(answer.pk), "physician")
        assert shown["avis"] == "À revoir"
    for user, role, sees in ((nurse, "nurse", True), (worker, "social_worker", False)):
        with as_actor(actor(user)):
            found = queries.answer(answer.pk)
            assert ("avis" in queries.visible_values(found, role)) is sees


def test_a_stale_save_is_refused(answer, nurse, as_actor):
    with as_actor(actor(nurse)):
        save(answer, {"souhait": "rentrer chez elle"})
        with pytest.raises(StaleSaveError):
            commands.save_answer(answer=answer, values={"souhait": "x"}, expected_version=1)


def test_a_finished_answer_is_amended_and_its_former_text_kept(answer, nurse, as_actor):
    with as_actor(actor(nurse)):
        save(answer, WHOLE, is_final=True)
        with pytest.raises(commands.FormRefusedError):
            save(answer, {"taille": "1.60"})
        commands.amend_answer(
            answer=answer,
            values={"taille": "1.60"},
            expected_version=answer.version,
            reason="toise",
        )
    former = AnswerVersion.objects.get(answer=answer)
    assert (former.items["taille"], former.reason, answer.status) == ("1.70", "toise", "amended")


def test_the_former_text_follows_its_answer_to_another_patient(answer, nurse, as_actor):
    other = known_patient()
    follower = member(other, "nurse")
    with as_actor(actor(nurse)):
        save(answer, WHOLE, is_final=True)
        commands.amend_answer(
            answer=answer,
            values={"taille": "1.60"},
            expected_version=answer.version,
            reason="toise",
        )
    Answer.objects.filter(pk=answer.pk).update(patient_id=other.pk)
    with as_actor(actor(follower)):
        moved = queries.answer(answer.pk)
        assert [one.items["taille"] for one in queries.former_versions(moved)] == ["1.70"]


def test_a_finished_answer_is_published_without_its_reserved_parts(
    answer, nurse, physician, patient, as_actor
):
    with as_actor(actor(physician)):
        save(answer, WHOLE | {"moral": "bas", "avis": "confidentiel", "vu": "2026-03-12T14:05"})
        assert not Resource.objects.filter(type="QuestionnaireResponse").exists()
        save(answer, {}, is_final=True)
    row = Resource.objects.get(type="QuestionnaireResponse", id=answer.pk)
    assert (row.category, row.patient_id) == ("assessment", patient.pk)
    assert "confidentiel" not in row.body
    assert "2026-03-12T14:05:00+01:00" in row.body
    weight = Resource.objects.get(type="Observation", patient_id=patient.pk)
    tree = orjson.loads(weight.body)
    assert tree["valueQuantity"] == {
        "value": 72.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg",
    }  # fmt: skip
    assert Key.objects.filter(type="QuestionnaireResponse", param="questionnaire").exists()


def test_a_service_draws_its_own_observations(answer, nurse, as_actor):
    registry.register_extraction("essai-sante", lambda *_: [])
    with as_actor(actor(nurse)):
        save(answer, WHOLE, is_final=True)
    assert not Resource.objects.filter(type="Observation").exists()


def test_a_withdrawn_answer_is_gone_for_readers(answer, nurse, physician, as_actor):
    with as_actor(actor(nurse)):
        save(answer, WHOLE, is_final=True)
    with as_actor(actor(physician)), pytest.raises(AccessRefusedError):
        commands.withdraw_answer(answer=answer, reason="x")
    with as_actor(actor(nurse)):
        commands.withdraw_answer(answer=answer, reason="mauvaise personne")
        assert queries.answer(answer.pk) is None
    current = Resource.objects.get(type="QuestionnaireResponse", id=answer.pk, is_current=True)
    assert current.is_deleted


@pytest.mark.parametrize("role", ["secretary", "identity_officer", "operator"])
def test_professions_without_the_right_are_refused(role, answer, patient, as_actor):
    user = member(patient, role)
    with as_actor(actor(user)):
        assert queries.answer(answer.pk) is None
        assert queries.answers_of(patient.pk) == []
        with pytest.raises(AccessRefusedError):
            commands.start_answer(form="essai-sante", patient_id=patient.pk)
        with pytest.raises(AccessRefusedError):
            commands.save_answer(answer=answer, values={"chute": True}, expected_version=1)


def test_outside_the_circle_nothing_is_seen_nor_written(answer, patient, as_actor):
    stranger = member(known_patient(birth_name="MARCHETTI"), "physician")
    with as_actor(actor(stranger)):
        assert queries.answer(answer.pk) is None
        assert not Answer.objects.filter(pk=answer.pk).exists(), "row security"
        with pytest.raises(AccessRefusedError):
            commands.save_answer(answer=answer, values={"chute": True}, expected_version=1)


def test_the_person_fills_their_own(forms, patient, as_actor):
    with as_actor(actor(person_of(patient))):
        started = commands.start_answer(form="essai-sante", patient_id=patient.pk)
        save(started, {"souhait": "<script>alert(1)</script>"})
    assert started.items["souhait"].startswith("<script>")


def test_an_answer_without_patient_is_its_author_s_place_s_and_readers(forms, as_actor):
    author, stranger, invited = (UserFactory(role="nurse") for _ in range(3))
    with as_actor(actor(author)):
        started = commands.start_answer(
            form="essai-lieu", patient_id=None, subject=("visit", author.pk)
        )
        assert queries.answers_about(("visit", author.pk)) == [started]
        commands.share_answer(answer=started, readers=[invited.grantee_id])
    with as_actor(actor(stranger)):
        assert queries.answer(started.pk) is None
        assert not Answer.objects.filter(pk=started.pk).exists()
        assert queries.answers_about(("visit", author.pk)) == []
    with as_actor(actor(invited)):
        assert queries.answer(started.pk) == started


def test_a_response_comes_in_by_fhir(forms, patient, nurse, as_actor):
    resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:enrs:form:essai-sante|1.0",
        "status": "completed",
        "item": [
            {"linkId": "mesures", "item": [
                {"linkId": "poids", "answer": [{"valueQuantity": {"value": 72.5, "code": "kg"}}]},
                {"linkId": "taille", "answer": [{"valueDecimal": 1.7}]}]},
            {"linkId": "vie", "item": [{"linkId": "chute", "answer": [{"valueBoolean": False}]},
                {"linkId": "logement", "answer": [{"valueString": "Péniche"}]}]},
            {"linkId": "traitements", "item": [{"linkId": "nom", "answer": [{"valueString": "Aspirine"}]}]},
            {"linkId": "contact", "item": [
                {"linkId": "vu", "answer": [{"valueDateTime": "2026-03-12T13:05:00Z"}]}]},
        ],
    }  # fmt: skip
    with as_actor(actor(nurse)):
        taken = commands.receive_response(resource=resource, patient_id=patient.pk)
        assert taken.status == "completed"
        assert taken.items["traitements"] == [{"nom": "Aspirine"}]
        assert taken.items["vu"] == "2026-03-12T14:05"
        assert taken.items["logement"] == {"text": "Péniche"}
        resource["item"].append({"linkId": "inconnu", "answer": [{"valueString": "x"}]})
        with pytest.raises(commands.FormRefusedError):
            commands.receive_response(resource=resource, patient_id=patient.pk)


def test_a_finished_answer_is_a_point_of_the_life_line(answer, nurse, patient, as_actor):
    with as_actor(actor(nurse)):
        assert queries.life_rows(patient.pk, "nurse", None, 10) == []
        save(answer, WHOLE, is_final=True)
        rows = queries.life_rows(patient.pk, "nurse", None, 10)
    assert [row.title for row in rows] == ["Point de santé (essai)"]
    before = LifePosition(rows[0].at, rows[0].id)
    assert queries.life_rows(patient.pk, "nurse", before, 10) == []


def test_the_fhir_writer_goes_through_the_commands(forms, patient, nurse, as_actor):
    writer = writer_of("QuestionnaireResponse")
    resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:enrs:form:essai-lieu",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient.pk}"},
        "item": [{"linkId": "lits", "answer": [{"valueInteger": 12}]}],
    }
    with as_actor(actor(nurse)) as by:
        made = Answer.objects.get(pk=writer.create(resource, by))
        assert (made.status, made.items) == ("completed", {"lits": 12})
        resource["item"][0]["answer"] = [{"valueInteger": 14}]
        writer.update(resource | {"id": str(made.pk)}, by)
        made.refresh_from_db()
        assert (made.status, made.items) == ("amended", {"lits": 14})
        for wrong in ({"item": []}, {"questionnaire": "urn:absent"}, {"subject": {}}):
            with pytest.raises(WriteError):
                writer.create(resource | wrong, by)
        writer.delete(made.pk, by)
    made.refresh_from_db()
    assert made.withdrawn_at


def test_an_update_by_fhir_keeps_what_no_resource_says(answer, physician, patient, as_actor):
    writer = writer_of("QuestionnaireResponse")
    with as_actor(actor(physician)) as by:
        save(answer, WHOLE | {"moral": "bas", "avis": "À revoir", "souhait": "x"}, is_final=True)
        body = Resource.objects.get(type="QuestionnaireResponse", id=answer.pk).body
        tree = orjson.loads(body)
        daily = next(one for one in tree["item"] if one["linkId"] == "vie")
        daily["item"] = [one for one in daily["item"] if one["linkId"] != "souhait"]
        writer.update(tree, by)
    answer.refresh_from_db()
    assert answer.items["avis"] == "À revoir"
    assert "souhait" not in answer.items
