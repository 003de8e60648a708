"""Pages of the exploitation, and what needs no case."""

from enrs.core.notifications.models import SmsKey
from enrs.core.notifications.registry import KINDS
from tests.hostile.pages.shared import file, page, trusted

N, G = "core.notifications", "interop.gateway"
IDENTITY = "referentials.identity"
page(
    "notifications:read_all",
    f"{N}.mark_read",
    None,
    lambda w, k: {"jusque": k["until"].isoformat()},
)
page(
    "notifications:preferences", f"{N}.save_preferences", None,
    lambda w, k: {"mobile": "", "quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "08:00"} | {
        f"{channel}:{one.kind}": "now" for one in KINDS.values() for channel in one.channels
    },
)  # fmt: skip
page(
    "notifications:mobile", f"{N}.confirm_mobile", None, lambda w, k: {"code": "123456"},
)  # fmt: skip
page(
    "notifications:account_new", f"{N}.open_account", None,
    lambda w, k: {"organisation": str(w.elsewhere.id), "sender_name": "CHEssai"},
    scene=lambda w: {"somebody": w.user("nurse", w.elsewhere)},
)  # fmt: skip
page(
    "notifications:account", f"{N}.edit_account", lambda w, k: {"account_id": k["account"].pk},
    lambda w, k: {"sender_name": "CHEssai", "month_quota": 10, "minute_quota": 2, "version": 1},
)  # fmt: skip
page(
    "notifications:key_new",
    f"{N}.create_key",
    lambda w, k: {"account_id": k["account"].pk},
    lambda w, k: {"logiciel": "Agenda"},
)
page(
    "notifications:key_end", f"{N}.revoke_key",
    lambda w, k: {"account_id": SmsKey.objects.get(pk=k["key_id"]).account_id, "key_id": k["key_id"]},
)  # fmt: skip
page("notifications:stops", f"{N}.stop_number", None, lambda w, k: {"numero": k["phone"]})
page("notifications:resend", f"{N}.resend", lambda w, k: {"sending_id": k["sending_id"]})
page("notifications:cancel", f"{N}.cancel_sending", lambda w, k: {"sending_id": k["sending_id"]})
page(
    "gateway:partner", f"{G}.edit_partner", lambda w, k: {"partner_id": k["partner"].pk},
    lambda w, k: {"name": "Cabinet", "zone": "Europe/Paris", "environment": "test", "is_active": "on", "version": 1},
)  # fmt: skip
page(
    "geography:import", "referentials.geography.import_territories", None,
    lambda w, k: {"file": file(k["content"], "zones.csv")},
)  # fmt: skip
page(
    "geography:delete", "referentials.geography.delete_territory",
    lambda w, k: {"key": k["territory_id"]},
)  # fmt: skip
page(
    "gateway:recipient", f"{G}.edit_recipient", lambda w, k: {"partner_id": k["recipient"].partner_id},
    lambda w, k: {"host": "localhost", "port": 2575, "domain": "urn:finess:750099991", "is_active": "on",
                  "version": 1},
)  # fmt: skip
page("gateway:resend", f"{G}.resend_delivery", lambda w, k: {"delivery_id": k["delivery"].pk})
page(
    "identity:probes",
    f"{IDENTITY}.open_probe",
    None,
    lambda w, k: {"file": file(k["content"], "liste.csv")},
)
page("identity:erase_probe", f"{IDENTITY}.erase_probe", lambda w, k: {"probe_id": k["probe"].pk})
page(
    "identity:active_files", f"{IDENTITY}.open_active_file", None,
    lambda w, k: {"source": str(k["source_id"]), "extracted_on": "2026-01-02",
                  "file": file(k["content"], "actifs.csv")},
)  # fmt: skip
page("identity:active_start", f"{IDENTITY}.start_import", lambda w, k: {"file_id": k["file"].pk})
page("identity:active_stop", f"{IDENTITY}.stop_import", lambda w, k: {"file_id": k["file"].pk})
page("identity:active_give_up", f"{IDENTITY}.give_up_file", lambda w, k: {"file_id": k["file"].pk})
page("gateway:replay", f"{G}.replay", lambda w, k: {"message_id": k["message"].id})
page(
    "gateway:park",
    f"{G}.park",
    lambda w, k: {"message_id": k["message"].id},
    lambda w, k: {"reason": "Doublon"},
)

trusted |= {
    "accounts:position": "one's own session, among one's own places; tried below",
    "accounts:sign_in": "signing in is for everybody, at a measured pace",
    "identity:search": "a reading, by GET alone",
    "identity:scan": "the exact search from a scanner's text: a reading, counted and journalled as the other one",
    "identity:exact": "the exact search: a reading that tells one line, counted and journalled",
    "live:ticket": "a ticket is narrowed to what its user may hear",
    "notifications:api_send": "opened by a member's key: its own tests try it without, with another's, revoked",
    "notifications:api_receipt": "signed by the gateway of SMS: its own tests forge the signature",
    "notifications:api_reply": "signed by the gateway of SMS: its own tests forge the signature",
    "fhir:bundle": "opened by a token: every type is tried in test_fhir",
    "fhir:search": "opened by a token: every type is tried in test_fhir",
    "fhir:read": "opened by a token: every type is tried in test_fhir",
    "fhir:operation": "opened by a token: tried with the operations of forms",
    "fhir:operation_on": "opened by a token: tried with the operations of forms",
    "fhir:history": "a reading, whatever the method",
    "fhir:search_by_post": "a reading, by a token",
    "fhir:unknown": "nothing is there",
    "ui:gallery": "shows components, keeps nothing, and is not served in production",
    "ui:gallery_public": "shows components, keeps nothing, and is not served in production",
}
