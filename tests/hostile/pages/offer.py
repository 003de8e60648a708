"""Pages where units are described, and kept at hand."""

from tests.hostile.cases.offer import unit
from tests.hostile.pages.shared import Given, page, trusted
from tests.hostile.world import World

O = "referentials.offer"  # noqa: E741
FORMS = {
    f"{name}-{part}": value
    for name in ("contact", "equipement", "fermeture", "ouverture")
    for part, value in (("TOTAL_FORMS", "0"), ("INITIAL_FORMS", "0"))
}


def service(w: World, k: Given) -> Given:
    return {"service_id": k["service"].pk}


def part(w: World, k: Given) -> Given:
    return {"site_id": w.place.pk, "part_id": k["part"].pk}


def version(w: World, k: Given) -> Given:
    return {"version": k["service"].version}


def entry(w: World, k: Given) -> Given:
    return {"kind": "besoins", "key": k["key"]}


def written(w: World, k: Given) -> Given:
    return {"version": k["expected_version"]}


page(
    "offer:create",
    f"{O}.create_unit",
    None,
    lambda w, k: {"site": str(w.place.pk), "name": "Hôpital de jour"},
)
page(
    "offer:edit", f"{O}.save_draft", service,
    lambda w, k: FORMS | version(w, k) | {"name": "Hémodialyse", "activity_code": "dialyse-centre"},
)  # fmt: skip
page("offer:discard", f"{O}.discard_draft", service, version)
page("offer:verify", f"{O}.verify_unit", service)
page("offer:close", f"{O}.close_unit", service, lambda w, k: version(w, k) | {"reason": "Travaux"})
page(
    "offer:create_part", f"{O}.create_part", lambda w, k: {"site_id": k["site"].pk},
    lambda w, k: {"kind": "pole", "name": "Pôle médecine"},
)  # fmt: skip
page(
    "offer:change_part", f"{O}.change_part", part,
    lambda w, k: {"version": k["part"].version, "name": "Pôle chirurgie"},
)  # fmt: skip
page(
    "offer:close_part", f"{O}.close_part", part, lambda w, k: {"version": k["part"].version}
)  # fmt: skip
page(
    "offer:name_referent", f"{O}.name_referent", lambda w, k: {"site_id": k["site"].pk},
    lambda w, k: {"rpps": k["practitioner"].rpps},
)  # fmt: skip
page(
    "offer:end_referent", f"{O}.end_referent",
    lambda w, k: {"site_id": w.place.pk, "referent_id": k["referent"].pk},
)  # fmt: skip
page(
    "offer:add_vocabulary", f"{O}.write_vocabulary", lambda w, k: {"kind": "besoins"},
    lambda w, k: {"words": "poignet", "codes_activity": ["dialyse-centre"], "version": "0"},
)  # fmt: skip
page(
    "offer:vocabulary_entry", f"{O}.write_vocabulary", lambda w, k: {"kind": "besoins", "key": "dialyse"},
    lambda w, k: {"words": "dialyse", "codes_activity": ["dialyse-centre"], "version": "0"},
)  # fmt: skip
page("offer:hide_vocabulary", f"{O}.hide_vocabulary", entry, written)
page("offer:undo_vocabulary", f"{O}.undo_vocabulary", entry, written)
page("offer:show_vocabulary", f"{O}.hide_vocabulary", entry, written)
page("offer:favourite", f"{O}.keep_favourite", service, scene=lambda w: {"service": unit(w)})
trusted["offer:verify_by_link"] = (
    "a signed link is its own right, for the units that wait for one person"
)
