"""The analytes of the demo: LOINC codes, French names, UCUM units, ranges, and how they move."""

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Analyte:
    """One analyte: usual adult range (None where open), usual value, spread, decimals shown."""

    loinc: str
    name: str
    unit: str
    low: float | None
    high: float | None
    usual: float
    spread: float
    decimals: int


# Codes of the LOINC table used by French laboratories; ranges are rounded adult ones.
ANALYTES: Final[dict[str, Analyte]] = {
    analyte.loinc: analyte
    for analyte in (
        Analyte("14682-9", "Créatinine", "umol/L", 45, 104, 74, 9, 0),
        Analyte("62238-1", "DFG estimé (CKD-EPI 2009)", "mL/min/{1.73_m2}", 60, None, 92, 8, 0),
        Analyte("4548-4", "Hémoglobine glyquée (HbA1c)", "%", 4.0, 6.0, 5.4, 0.3, 1),
        Analyte("14749-6", "Glucose", "mmol/L", 3.9, 6.1, 5.1, 0.4, 1),
        Analyte("2951-2", "Sodium", "mmol/L", 136, 145, 140, 1.8, 0),
        Analyte("2823-3", "Potassium", "mmol/L", 3.4, 4.9, 4.2, 0.25, 1),
        Analyte("718-7", "Hémoglobine", "g/dL", 12.0, 17.0, 13.9, 0.8, 1),
        Analyte("6690-2", "Leucocytes", "10*9/L", 4.0, 10.0, 6.8, 1.2, 1),
        Analyte("777-3", "Plaquettes", "10*9/L", 150, 400, 248, 35, 0),
        Analyte("1988-5", "Protéine C réactive (CRP)", "mg/L", None, 5, 2.4, 1.2, 1),
        Analyte("3016-3", "Thyréostimuline (TSH)", "m[IU]/L", 0.4, 4.0, 1.9, 0.5, 2),
        Analyte("39469-2", "Cholestérol LDL (calculé)", "mmol/L", None, 3.4, 2.9, 0.5, 2),
        Analyte("2276-4", "Ferritine", "ug/L", 20, 250, 95, 30, 0),
        Analyte("33762-6", "NT-proBNP", "ng/L", None, 300, 110, 40, 0),
    )
}
COUNT: Final = ("718-7", "6690-2", "777-3")
IONS: Final = ("2951-2", "2823-3", "14682-9", "62238-1")
PANELS: Final[dict[str, tuple[str, ...]]] = {
    "healthy": (*COUNT, "14749-6", "39469-2"),
    "child": COUNT,
    "diabetes": ("4548-4", "14749-6", *IONS, "39469-2"),
    "heart": (*IONS, "33762-6", "39469-2"),
    "kidney": (*IONS, "718-7", "2276-4"),
    "thyroid": ("3016-3",),
    "cancer": (*COUNT, "1988-5", *IONS),
    "frail": (*COUNT, *IONS, "1988-5"),
    "acute": (*COUNT, "1988-5", *IONS),
}
# What an illness does to a value: its usual level, and its slope each year.
_SHIFTS: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "diabetes": {"4548-4": (7.9, -0.15), "14749-6": (8.6, -0.2), "62238-1": (76, -1.5)},
    "heart": {"33762-6": (980, 60), "62238-1": (64, -1.8), "39469-2": (2.1, -0.1)},
    "kidney": {"14682-9": (168, 9), "62238-1": (38, -2.2), "2823-3": (4.8, 0.03),
               "718-7": (11.4, -0.1)},
    "thyroid": {"3016-3": (5.6, -0.5)},
    "cancer": {"718-7": (10.9, 0.1), "6690-2": (4.1, 0.0), "1988-5": (18, -2)},
    "frail": {"718-7": (11.8, -0.1), "62238-1": (55, -1.2), "2951-2": (136, 0)},
    "acute": {"1988-5": (86, 0), "6690-2": (13.2, 0)},
    "child": {"718-7": (12.4, 0.05), "6690-2": (8.2, -0.1)},
}  # fmt: skip


def draw_value(rng: Random, analyte: Analyte, illness: str, years: float, own: float) -> float:
    """Return a plausible value in the analyte's unit.

    `own` is the person's constant of normal law, `years` the time since the series began: the
    values of one person stay near each other and follow the course of the illness.
    """
    usual, slope = _SHIFTS.get(illness, {}).get(analyte.loinc, (analyte.usual, 0.0))
    spread = analyte.spread * max(1.0, abs(usual) / analyte.usual * 0.8)
    value = usual + slope * years + spread * (0.7 * own + 0.5 * rng.gauss(0, 1))
    return round(max(value, analyte.usual * 0.12), analyte.decimals)


def interpretation(analyte: Analyte, value: float) -> str:
    """Return N, L, H, LL or HH (HL7 table 0078); twice out of the range is critical."""
    if analyte.low is not None and value < analyte.low:
        return "LL" if value < analyte.low * 0.75 else "L"
    if analyte.high is not None and value > analyte.high:
        return "HH" if value > analyte.high * 2 else "H"
    return "N"
