"""Invented communes (codes 998xx, which INSEE gives to nobody) and a small administrative package."""

from typing import Any

import orjson

from enrs.referentials.geography import rules
from enrs.referentials.geography.commands import load_geography
from enrs.referentials.geography.models import Commune, FormerCommune


def commune(code: str = "99801", name: str = "Essai-sur-Mer", **fields: Any) -> Commune:
    given = {
        "name": name, "name_key": rules.name_key(name), "department": rules.department_of(code), "region": "99",
        "postal_codes": ["99800"], "population": 1000, "row_hash": "",
    } | fields  # fmt: skip
    return Commune.objects.update_or_create(code=code, defaults=given)[0]


def former(code: str, name: str, present: str, kind: str = "associated") -> FormerCommune:
    return FormerCommune.objects.create(
        code=code, name=name, name_key=rules.name_key(name), kind=kind, commune=present, row_hash=""
    )


def packaged(code: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "code": code, "nom": name, "type": "commune-actuelle", "departement": rules.department_of(code),
        "region": "94", "codesPostaux": ["20000"], "population": 900,
    } | fields  # fmt: skip


def package(*communes: dict[str, Any], towns: tuple[dict[str, Any], ...] = ()) -> dict[str, bytes]:
    codes = dict.fromkeys(one["departement"] for one in communes if "departement" in one)
    body = {"code": "200000001", "nom": "CC d'essai", "type": "CC", "populationTotale": 5000,
            "membres": [{"code": one["code"]} for one in communes[:1]]}  # fmt: skip
    trees = {
        "communes": list(communes),
        "departements": [
            {"code": one, "nom": f"Département {one}", "region": "94"} for one in codes
        ],
        "regions": [{"code": "94", "nom": "Corse d'essai"}],
        "epci": [body],
        "towns": list(towns),
    }
    return {name: orjson.dumps(tree) for name, tree in trees.items()}


def town(
    name: str, department: str, latitude: float, longitude: float, country: str = "FR"
) -> dict[str, Any]:
    place = {"lat": str(latitude), "lng": str(longitude)}
    return {"name": name, "country": country, "admin1": "", "admin2": department} | place


def load(*communes: dict[str, Any], towns: tuple[dict[str, Any], ...] = (), **options: Any) -> Any:
    return load_geography(package(*communes, towns=towns), **options)


def canton_files(*rows: tuple[str, ...], cantons: Any = (), name: str = "") -> dict[str, bytes]:
    """The two files of the official code: (commune, canton[, TYPECOM]), with two cantons of Corsica and its cut one.

    `cantons` are other lines of `v_canton`: (code, composition, type).
    """
    head = "CAN,DEP,REG,COMPCT,BURCENTRAL,TNCC,NCC,NCCENR,LIBELLE,TYPECT\n"
    known = [
        ("2A01", "1", "C"), ("2A02", "1", "C"), ("2A98", "", "V"), ("75ZZ", "", "N"), *cantons,
    ]  # fmt: skip
    lines = "".join(
        f"{code},{code[:2]},94,{made},2A901,0,X,X,{name or 'Canton ' + code},{kind}\n"
        for code, made, kind in known
    )
    communes = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT\n" + "".join(
        f"{row[2] if len(row) > 2 else 'COM'},{row[0]},94,2A,2A,2A1,0,X,X,X,{row[1]},\n"
        for row in rows
    )
    return {"cantons": (head + lines).encode(), "communes": communes.encode()}
