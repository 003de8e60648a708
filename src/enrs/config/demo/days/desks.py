"""Files that the desks handed in: a hospital's active list, cases of an older tool."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.threads.models import Thread
from enrs.services.coordination.commands import run_import, start_import
from enrs.services.coordination.models import Case, Import
from enrs.services.record.commands import check_list, run_intakes, start_intake
from enrs.services.record.models import Intake

LIST: Final = """numero;nom_naissance;premier_prenom;date_naissance;sexe
A9001;LEFORT;JEANNE;1951-04-17;F
A9002;BERTHELOT;PAUL;1938-11-02;M
A9003;OUEDRAOGO;FATOU;1984-07-29;F
A9004;;LOUISE;1990-01-12;F
A9005;KERVELLA;YANN;2031-05-05;M
A9006;VASSEUR;ODETTE;1932-09-21;F
A9007;DELORME;HUGO;2014-03-08;M
A9008;TRAN;LINH;31/02/1977;F
"""
NEXT_LIST: Final = """numero;nom_naissance;premier_prenom;date_naissance;sexe
A9101;CHAUVIN;ROGER;1946-12-01;M
A9102;MBARKI;SALMA;1999-06-14;F
A9103;PRIGENT;SOAZIG;1971-02-27;F
A9104;ROCHA;;1968-10-30;M
"""
CASES: Final = """Nom de naissance;Prénom;Date de naissance;Sexe;Date d'inclusion;Motif;Référent;Date de clôture
MARCHAL;SUZANNE;12/03/1941;F;04/02/2026;Maintien à domicile;Élise LAMBERT;
BONNEFOY;RAYMOND;30/08/1937;M;19/05/2025;Sortie d'hôpital;Aminata TRAORÉ;02/12/2025
GUERIN;COLETTE;1944;F;;Isolement;Élise LAMBERT;
SAVARY;MARIE;07/01/1950;F;11/03/2026;Accès aux droits;Aminata TRAORÉ;
"""
NEXT_CASES: Final = """N° usager;Nom de naissance;Prénom;Né(e) le;Sexe;Date de demande;Date d'entrée;Situation;Référente
112;LACOMBE;HENRI;03/05/1939;M;18/12/2025;06/01/2026;Aidante épuisée;Élise LAMBERT
113;PONS;YVETTE;22/11/1935;F;02/02/2026;14/02/2026;Chutes;Aminata TRAORÉ
114;RENAUD;ODILE;09/1942;F;;20/02/2026;Isolement;Élise LAMBERT
115;BARRAUD;LOUIS;17/07/1940;M;01/03/2026;04/03/2026;Retour d'hospitalisation;Aminata TRAORÉ
116;TELLIER;SIMONE;30/04/1931;F;05/03/2026;11/03/2026;Mémoire;Élise LAMBERT
"""


def play(stage: Stage) -> None:
    """One file of each that is taken in, one that waits."""
    with acting(stage.actor("petit")):
        done = check_list(content=LIST.encode(), file_name="presents-medecine.csv")
        start_intake(intake=done, is_informed=True)
    while run_intakes():
        pass
    with acting(stage.actor("petit")):
        check_list(content=NEXT_LIST.encode(), file_name="presents-chirurgie.csv")
    Intake.objects.filter(pk=done.pk).update(
        created_at=stage.at(-6, 10, 5), finished_at=stage.at(-6, 10, 6)
    )
    with acting(stage.actor("lambert")):
        job = start_import(content=CASES.encode(), filename="situations-2025.csv", tool="other")
        job = run_import(
            job=job, expected_version=job.version, informed_on=stage.at(-21, 12, 0).date()
        )
        start_import(
            content=NEXT_CASES.encode(), filename="reprise-ancien-tableur.csv", tool="other"
        )
    at = stage.at(-20, 14, 30)
    Import.objects.filter(pk=job.pk).update(started_at=at, done_at=at)
    made = Case.objects.filter(origin="import").values("id")
    Thread.objects.filter(subject_id__in=made).update(last_message_at=at)
