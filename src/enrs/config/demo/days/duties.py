"""Who is called, when and in which order: the duty lines of the structures."""

from datetime import timedelta

from enrs.config.demo.days.stage import Stage
from enrs.core.demo import Someone
from enrs.core.rosters.demo import Duty, wall


def play(stage: Stage) -> None:
    """Six lines of duty, one with somebody who stands in, one with a hole, one with somebody away."""
    first = stage.monday - timedelta(weeks=2)
    _hospital(stage)
    _desk(stage)
    town = Duty.open(
        stage.rows, place=stage.place_of("moreau"), by=stage.people["moreau"],
        label="Garde de médecine générale du secteur", coverage="nights",
        note="Passer par la régulation avant 23 h.",
    )  # fmt: skip
    town.weeks([stage.people["moreau"], *stage.colleagues("moreau", 2)], first, 7)
    laboratory = Duty.open(
        stage.rows, place=stage.place_of("ferreira"), by=stage.people["ferreira"],
        label="Biologiste de garde", note="Résultats critiques et avis urgents.",
    )  # fmt: skip
    laboratory.weeks([stage.people["ferreira"], *stage.colleagues("ferreira", 3)], first, 7)
    region = Duty.open(
        stage.rows, place=stage.place_of("roux"), by=stage.people["roux"],
        label="Astreinte technique de la plateforme", ranks=2,
        note="Panne des échanges : appeler le rang 1, puis le rang 2 après quinze minutes.",
    )  # fmt: skip
    pair = [stage.people["roux"], stage.people["vidal"]]
    region.weeks(pair, first, 7)
    region.weeks(pair[::-1], first, 7, rank=2)


def _hospital(stage: Stage) -> None:
    """Two lines: this week a colleague stands in for a night; the other has nobody on a day of next week."""
    first, place = stage.monday - timedelta(weeks=2), stage.place_of("petit")
    doctors = [stage.people["benhamou"], *stage.colleagues("benhamou", 4, profession="10")]
    opinion = Duty.open(
        stage.rows, place=place, by=stage.people["petit"], label="Diabétologie : avis téléphonique",
        ranks=2, note="Patients sous pompe et acidocétoses.",
    )  # fmt: skip
    shifts = opinion.weeks(doctors, first, 7)
    opinion.weeks(doctors[1:] + doctors[:1], first, 7, rank=2)
    today, tomorrow = stage.today, stage.today + timedelta(days=1)
    opinion.replace(shifts[2], doctors[0], wall(today, 8), wall(tomorrow, 8), "Formation")
    nurses = [stage.people["letallec"], *stage.colleagues("letallec", 5, profession="60")]
    ward = Duty.open(
        stage.rows, place=place, by=stage.people["petit"], label="Médecine : infirmier de nuit",
        coverage="nights",
    )  # fmt: skip
    for day in range(35):
        if day == 24:
            continue
        start = first + timedelta(days=day)
        ward.shift(nurses[day % len(nurses)], wall(start, 19), wall(start + timedelta(days=1), 8))
        if start.weekday() > 4:
            ward.shift(nurses[(day + 2) % len(nurses)], wall(start, 8), wall(start, 19))


def _desk(stage: Stage) -> None:
    """The telephone of the coordination desk; one of the team is away next week."""
    place = stage.place_of("lambert")
    team = [stage.people["lambert"], stage.people["traore"], *stage.colleagues("lambert", 2)]
    desk = Duty.open(
        stage.rows, place=place, by=stage.people["lambert"], label="Téléphone du DAC", coverage="days",
        note="Appels des professionnels et des familles.",
    )  # fmt: skip
    desk.days(team, stage.monday - timedelta(weeks=2), 6, hours=(8, 19))
    away: Someone = stage.people["traore"]
    start = stage.monday + timedelta(weeks=1)
    desk.absence(away, wall(start, 0), wall(start + timedelta(days=5), 0), "Congés")
