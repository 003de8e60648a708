"""Pages of identities and circles."""

from django.utils import timezone

from tests.hostile.pages.shared import page, patient, token, trusted
from tests.hostile.table import cases

E, C = "referentials.identity", "referentials.circles"
page(
    "identity:create", f"{E}.create_patient_by_hand", None,
    lambda w, k: {"birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "birth_date": "1961-05-02", "sex": "M"},
)  # fmt: skip
page(
    "identity:act", f"{E}.validate_identity",
    lambda w, k: patient(w, k) | {"identity_id": k["identity"].pk, "name": "valider"},
    lambda w, k: {"version": k["expected_version"], "proof": "CN", "is_same": "on"},
)  # fmt: skip
page("identity:ins_runs", f"{E}.start_run", None, lambda w, k: {"act": "start"})
page(
    "circles:join", f"{C}.add_member",
    lambda w, k: patient(w, k) | {"kind": "structure", "grantee_id": w.elsewhere.id},
    lambda w, k: {"basis": "care_team", "ground": "recognised", "is_informed": "on"},
)  # fmt: skip
page(
    "circles:remove",
    f"{C}.remove_member",
    lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
    lambda w, k: {"reason": "Parti"},
)
page(
    "circles:oppose", f"{C}.oppose", lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
    lambda w, k: {"informed_on": timezone.localdate().isoformat(), "means": "oral"},
    scene=cases[f"{C}.remove_member"].scene,
)  # fmt: skip
page(
    "circles:withdraw",
    f"{C}.withdraw_consent",
    lambda w, k: patient(w, k) | {"consent_id": k["consent"].pk},
)
page(
    "circles:lift",
    f"{C}.lift_opposition",
    lambda w, k: patient(w, k) | {"opposition_id": k["opposition"].pk},
)
page(
    "circles:ask",
    f"{C}.request_access",
    lambda w, k: {"token": token(w)},
    lambda w, k: {"reason": "Je remplace son médecin traitant."},
)
page(
    "circles:answer", f"{C}.answer_request", lambda w, k: patient(w, k) | {"request_id": k["request"].pk},
    lambda w, k: {"basis": "care_team", "ground": "recognised", "is_informed": "on"},
)  # fmt: skip
page(
    "circles:renew_mandate", f"{C}.renew_mandate",
    lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
    lambda w, k: {
        "authority": k["decided"].authority, "decided_on": k["decided"].decided_on.isoformat(),
        "ends_on": k["decided"].ends_on.isoformat(), "term": "plain",
    },
)  # fmt: skip
page(
    "circles:end_mandate", f"{C}.end_mandate", lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
    lambda w, k: {"reason": "Mainlevée"},
)  # fmt: skip
page(
    "circles:open_mandate",
    f"{C}.open_to_representative",
    lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
)
page(
    "circles:close_mandate",
    f"{C}.close_to_representative",
    lambda w, k: patient(w, k) | {"member_id": k["member"].pk},
)
trusted["circles:change_on_record"] = (
    "a change of the matrix that is tried on a record, by the officer; its refusals are in test_changes.py"
)
