"""Pages of the identity unit's desk."""

from typing import Any

from enrs.referentials.identity.models import IdentityProposal, IdentityQuarantine
from tests.hostile.pages.shared import page, patient, trusted

E = "referentials.identity"
WHY = {"reason": "Pièce vue au guichet"}


def _proposal(kwargs: dict[str, Any]) -> str:
    return str(IdentityProposal.objects.get(item_id=kwargs["item_id"]).id)


def _seen(kwargs: dict[str, Any]) -> str:
    return IdentityQuarantine.objects.get(item_id=kwargs["item_id"]).digest


page(
    "identity:work_item", f"{E}.decide_item", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"outcome": "kept_apart"} | WHY,
)  # fmt: skip
page(
    "identity:work_share", f"{E}.assign_items", None,
    lambda w, k: {"items": [str(one) for one in k["item_ids"]], "act": "take"},
)  # fmt: skip
page(
    "identity:work_ask", f"{E}.ask_source", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"ask-system": k["system"], "ask-text": k["text"]},
)  # fmt: skip
page(
    "identity:work_note", f"{E}.note_item", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"note-text": k["text"]},
)  # fmt: skip
page(
    "identity:work_settle", f"{E}.settle_proposal", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"settle-reason": k["reason"], "act": "refuse", "proposal": _proposal(k)},
)  # fmt: skip
page(
    "identity:work_quarantine", f"{E}.refuse_quarantined", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"act": "refuse", "seen": _seen(k)} | WHY,
)  # fmt: skip
page(
    "identity:work_withdraw", f"{E}.withdraw_proposal", lambda w, k: {"item_id": k["item_id"]},
    lambda w, k: {"proposal": _proposal(k)} | WHY,
)  # fmt: skip
page(
    "identity:work_undo", f"{E}.undo_decision", lambda w, k: {"item_id": k["item_id"]}, lambda w, k: WHY,
)  # fmt: skip
page(
    "identity:question", f"{E}.answer_question", lambda w, k: {"question_id": k["question_id"]},
    lambda w, k: {"answer": "same", "text": ""},
)  # fmt: skip
page(
    "identity:contact_new", f"{E}.add_contact", lambda w, k: {"source_id": k["source_id"]},
    lambda w, k: {"name": k["name"]},
)  # fmt: skip
page("identity:contact_end", f"{E}.end_contact", lambda w, k: {"contact_id": k["contact_id"]})
page(
    "identity:unit_part", f"{E}.part_identity",
    lambda w, k: {"patient_id": k["patient_id"], "identity_id": k["identity_id"]}, lambda w, k: WHY,
)  # fmt: skip
page(
    "identity:unit_rejoin", f"{E}.rejoin_identity", lambda w, k: {"identity_id": k["identity_id"]},
    lambda w, k: WHY,
)  # fmt: skip
trusted["identity:unit_find"] = (
    "a reading by an exact number, journalled; its own tests try who is not of the unit"
)
page(
    "identity:emergency_new", f"{E}.create_emergency", None,
    lambda w, k: {"sex": k["sex"], "age": k["age"], "circumstance": k["circumstance"], "count": 1},
)  # fmt: skip
page(
    "identity:emergency_fill", f"{E}.fill_emergency", patient,
    lambda w, k: {"birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "birth_date": "1961-05-02", "sex": "M",
                  "version": k["expected_version"]},
)  # fmt: skip
page(
    "identity:emergency_known", f"{E}.recognise_emergency", patient,
    lambda w, k: {"patient": str(k["patient_id"]), "reason": k["reason"]},
)  # fmt: skip
page(
    "identity:emergency_mistake", f"{E}.withdraw_emergency",
    lambda w, k: {"emergency_id": k["emergency"].pk}, lambda w, k: {"reason": k["reason"]},
)  # fmt: skip
trusted["identity:unit_known"] = (
    "the unit's own way to the same command; its own tests try who is not of the unit"
)
