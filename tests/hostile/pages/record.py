"""Pages of the record."""

from tests.hostile.cases import record
from tests.hostile.pages.shared import Given, file, page, patient, token
from tests.hostile.world import World

R = "services.record"


def entry_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"kind": "problem", "entry_id": k["entry"].pk}


def note_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"note_id": k["written"].pk}


def document_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"document_id": k["document"].pk}


PROBLEM = {"display": "Diabète", "status": "active"}
page(
    "record:entry_add",
    f"{R}.record_entry",
    lambda w, k: patient(w, k) | {"kind": "problem"},
    lambda w, k: PROBLEM,
)
page("record:entry", f"{R}.amend_entry", entry_of, lambda w, k: PROBLEM | {"version": 1})
page("record:entry_withdraw", f"{R}.withdraw_entry", entry_of, lambda w, k: {"reason": "Erreur"})
page("record:no_allergy", f"{R}.state_no_allergy", patient)
page(
    "record:notes",
    f"{R}.write_note",
    patient,
    lambda w, k: {"text": "Refait.", "audience": "shared"},
)
page("record:note", f"{R}.amend_note", note_of, lambda w, k: {"text": "A mangé.", "version": 1})
page("record:note_withdraw", f"{R}.withdraw_note", note_of, lambda w, k: {"reason": "Erreur"})
page("record:note_keep", f"{R}.keep_note", note_of, lambda w, k: {"favori": "1"})
page(
    "record:new", f"{R}.open_record", None,
    lambda w, k: {
        "step": "create", "birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "birth_date": "1961-05-02",
        "sex": "M", "ground": "recognised", "is_informed": "on",
    },
)  # fmt: skip
page("record:intakes", f"{R}.check_list", None, lambda w, k: {"file": file(record.LIST)})
page(
    "record:intake_start",
    f"{R}.start_intake",
    lambda w, k: {"intake_id": k["intake"].pk},
    lambda w, k: {"is_informed": "on"},
)
page("record:intake_cancel", f"{R}.cancel_intake", lambda w, k: {"intake_id": k["intake"].pk})
page(
    "record:inbox_seen",
    f"{R}.see_news",
    None,
    lambda w, k: {"vu": f"{w.patient.pk}~2026-03-12T08:00:00+00:00"},
)
page("record:favourite", f"{R}.set_favourite", patient, lambda w, k: {"favori": "1"})
page("record:lists", f"{R}.save_list", None, lambda w, k: {"label": "Tournée"})
page("record:list_remove", f"{R}.remove_list", lambda w, k: {"list_id": k["kept"].pk})
page(
    "record:rounds",
    f"{R}.put_on_round",
    patient,
    lambda w, k: {"list": str(k["kept"].pk), "days": ["1"]},
)
page(
    "record:break_glass", "core.access.break_glass", lambda w, k: {"token": token(w)},
    lambda w, k: {"reason_code": "emergency", "reason_text": "Trouvé inconscient chez lui"},
)  # fmt: skip
page(
    "record:send", f"{R}.record_entry", patient,
    lambda w, k: {"recipient": "Dr Imbert", "reason": "Consultation de demain", "is_agreed": "on"},
    but=("reader", "role:secretary", "role:social_worker"), more=("role:identity_officer",), writes=False,
)  # fmt: skip
page(
    "record:secrets", f"{R}.keep_secret", patient,
    lambda w, k: {
        "ground": k["ground"], "what": k["what"], "is_asked": "on", "is_consent_tried": "on",
        "companion_name": k["companion_name"], "items": [str(one) for one in k["items"]],
    },
)  # fmt: skip
page(
    "record:secret_lift", f"{R}.lift_secret",
    lambda w, k: {"patient_id": k["kept"].patient_id, "secret_id": k["kept"].pk},
    lambda w, k: {"demande": "1"},
)  # fmt: skip
page("record:document_mask", f"{R}.mask_document", document_of)
page("record:document_show", f"{R}.show_document", document_of)
page(
    "record:document_withhold", f"{R}.withhold_document", document_of,
    lambda w, k: {"reason": k["reason"]},
)  # fmt: skip
page("record:document_disclose", f"{R}.disclose_document", document_of)
page(
    "record:produce_one", f"{R}.produce_document",
    lambda w, k: patient(w, k) | {"kind": k["kind"]},
    lambda w, k: {"etape": "produire", "warnings": "Chutes"},
)  # fmt: skip
page(
    "record:document_withdraw", f"{R}.withdraw_produced", document_of,
    lambda w, k: {"reason": "Erreur de dossier"},
)  # fmt: skip
page(
    "record:document_publish",
    f"{R}.publish_to_national",
    document_of,
    lambda w, k: {"informee": "1"},
)
page(
    "record:publication_replay", f"{R}.replay_publication",
    lambda w, k: {"publication_id": k["publication"].pk},
)  # fmt: skip


def prescription_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"prescription_id": k["prescription"].pk}


def version_of(w: World, k: Given) -> Given:
    return {"version": k["prescription"].version}


page("record:prescription_start", f"{R}.start_prescription", patient)
page(
    "record:prescription_line_add", f"{R}.save_prescription_line", prescription_of,
    lambda w, k: record.LINE | {"version": k["prescription"].version},
)  # fmt: skip
page(
    "record:prescription_line_remove", f"{R}.remove_prescription_line",
    lambda w, k: prescription_of(w, k) | {"line_id": k["line_id"]}, version_of,
)  # fmt: skip
page("record:prescription_sign", f"{R}.sign_prescription", prescription_of, version_of)
page("record:prescription_drop", f"{R}.drop_prescription", prescription_of)
page("record:prescription_renew", f"{R}.renew_prescription", prescription_of)
page("record:prescription_correct", f"{R}.correct_prescription", prescription_of)
page(
    "record:prescription_cancel", f"{R}.cancel_prescription", prescription_of,
    lambda w, k: {"reason": "Erreur de dose"},
)  # fmt: skip
page(
    "record:prescription_take", f"{R}.take_treatments", prescription_of,
    lambda w, k: {"ligne": [str(one) for one in k["line_ids"]]},
)  # fmt: skip
