"""Pages of vaccination."""

from django.utils import timezone

from enrs.services.vaccination.rules.questions import MOST
from tests.hostile.cases.vaccination import REASON, campaign
from tests.hostile.pages.shared import Given, page, patient, trusted
from tests.hostile.world import World
from tests.services.vaccination.factories import AGE, today, vaccine

V = "services.vaccination"
NEW = {
    "step": "create", "birth_name": "RIVOAL", "first_given_name": "SYLVIE", "given_names": "SYLVIE",
    "birth_date": "1948-03-14", "sex": "F", "is_informed": "on",
}  # fmt: skip


def within(w: World, k: Given) -> Given:
    return patient(w, k) | {"campaign_id": k["campaign"].pk}


def act(w: World, k: Given) -> Given:
    return patient(w, k) | {"act_id": k["act"].pk}


def dose(w: World, k: Given) -> Given:
    return {
        "vaccine": str(vaccine().pk), "lot": "AB12", "expires_on": f"{today().year + 1}-06-30", "site": "LA",
        "route": "IM", "dose_rank": "1", "ground": AGE, "declare": "1",
        "given_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip


def described(w: World, k: Given) -> Given:
    return {
        "name": "Zona 2027", "status": "open", "starts_on": today().isoformat(), "vaccines": [str(vaccine().pk)],
        "min_months": "18", "dose_count": "1", "interval_days": "0", "vaccinates_pharmacist": "18",
        "version": k.get("expected_version", ""),
    }  # fmt: skip


def named(w: World, k: Given) -> Given:
    return {
        "name": "Vaccin zona",
        "disease": "Zona",
        "min_months": "0",
        "route": "IM",
        "version": k.get("expected_version", ""),
    }


def reason(w: World, k: Given) -> Given:
    held = k.get("act")
    return {"reason": REASON} | ({"version": held.version} if held else {})


def asked(w: World, k: Given) -> Given:
    """What the form of questions posts: one question, the other lines empty."""
    return {
        "title": "Avant un vaccin d’essai", "text_1": "A de la fièvre", "version": k.get("expected_version", ""),
    } | {f"effect_{rank}": "stop" for rank in range(1, MOST + 1)}  # fmt: skip


page("vaccination:find", f"{V}.open_vaccination_file", None, lambda w, k: NEW)
page("vaccination:add_campaign", f"{V}.create_campaign", None, described)
page(
    "vaccination:campaign",
    f"{V}.amend_campaign",
    lambda w, k: {"campaign_id": k["campaign"].pk},
    described,
)
page("vaccination:add_vaccine", f"{V}.create_vaccine", None, named)
page(
    "vaccination:vaccine", f"{V}.amend_vaccine", lambda w, k: {"vaccine_id": k["vaccine"].pk}, named
)
for name in ("begin", "ask_again"):
    page(
        f"vaccination:{name}", f"{V}.prescribe", within,
        scene=lambda w: {"campaign": campaign(form_name="vaccination-grippe")},
    )  # fmt: skip
page("vaccination:prescribe", f"{V}.prescribe", within, lambda w, k: {"ground": AGE})
page(
    "vaccination:prescribe_exception", f"{V}.prescribe_exception", within,
    lambda w, k: {"ground": AGE, "reason": REASON},
)  # fmt: skip
page("vaccination:add_questions", f"{V}.write_questions", None, asked)
page(
    "vaccination:questions", f"{V}.write_questions", lambda w, k: {"name": k["name"]}
, asked,
)  # fmt: skip
page(
    "vaccination:withdraw_prescription", f"{V}.withdraw_prescription",
    lambda w, k: patient(w, k) | {"prescription_id": k["prescription"].pk},
)  # fmt: skip
page("vaccination:declare", f"{V}.declare_act", within, dose)
page(
    "vaccination:amend", f"{V}.amend_act", act,
    lambda w, k: dose(w, k) | {"lot": "AB13", "reason": REASON, "version": k["act"].version},
)  # fmt: skip
page("vaccination:withdraw", f"{V}.withdraw_act", act, reason)
page("vaccination:restore", f"{V}.restore_act", act, reason)
page(
    "vaccination:declare_event", f"{V}.declare_adverse_event", act,
    lambda w, k: {
        "began_on": today().isoformat(), "seriousness": "mild", "outcome": "resolved", "description": "Rougeur",
    },
)  # fmt: skip
page(
    "vaccination:withdraw_event", f"{V}.withdraw_adverse_event",
    lambda w, k: patient(w, k) | {"act_id": k["event"].act_id, "event_id": k["event"].pk}, reason,
)  # fmt: skip
page("vaccination:attest", f"{V}.attest", act)
page("vaccination:tell", f"{V}.tell_doctor", act)
trusted["vaccination:check"] = (
    "public: it compares what is typed with a keyed digest, and writes nothing"
)
