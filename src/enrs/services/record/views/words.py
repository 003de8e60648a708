"""The journal in French sentences: what was done, as whom, on what ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from enrs.referentials.directory.models import Organisation
from enrs.services.record.queries import Access

ACTIONS: dict[str, tuple[str, str]] = {
    "access.glass.broken": ("A ouvert le dossier par bris de glace", "shield-exclamation"),
    "access.refused": ("A tenté d’ouvrir le dossier\u00a0: refusé", "shield-lock"),
    "access.session.opened": ("A ouvert une session d’exploitation", "unlock"),
    "access.session.ended": ("A terminé une session d’exploitation", "stop-circle"),
    "access.session.read": ("A relu une session d’exploitation", "eye"),
    "access.revoked": ("Un accès a pris fin", "shield-x"),
    "account.identity.linked": ("A relié FranceConnect à son compte", "link-45deg"),
    "account.identity.unlinked": ("A délié FranceConnect de son compte", "shield-x"),
    "account.password.changed": ("A changé son mot de passe", "key"),
    "account.second_factor.added": ("A activé un second facteur", "shield-check"),
    "account.second_factor.failed": ("Second facteur refusé", "shield-lock"),
    "account.second_factor.removed": ("A retiré un second facteur", "shield-x"),
    "account.second_factor.reset": ("A renouvelé ses codes de secours", "shield-check"),
    "account.sign_in.failed": ("Connexion refusée", "shield-lock"),
    "account.signed_in": ("S’est connecté", "box-arrow-in-right"),
    "account.signed_out": ("S’est déconnecté", "box-arrow-right"),
    "account.position.chosen": ("A choisi son lieu d’exercice", "geo-alt"),
    "access.matrix.changed": ("A changé la matrice des habilitations", "shield-lock"),
    "application.secret.changed": ("A changé le secret d’une application", "key"),
    "directory.mistake.settled": ("A traité un signalement de l’annuaire", "check2-circle"),
    "gateway.message.parked": ("A mis de côté un message reçu", "inboxes"),
    "gateway.message.replayed": ("A rejoué un message reçu", "arrow-repeat"),
    "gateway.partner.edited": ("A modifié un partenaire", "diagram-2"),
    "questionnaires.form.published": ("A publié un formulaire", "ui-checks"),
    "questionnaires.form.retired": ("A retiré un formulaire", "ui-checks"),
    "questionnaires.form.tried": ("A ouvert un formulaire aux essais", "ui-checks"),
    "questionnaires.form.uploaded": ("A déposé un formulaire", "ui-checks"),
    "sending.cancelled": ("A annulé un envoi", "x-circle"),
    "sending.read": ("A lu un envoi", "envelope-open"),
    "sending.resent": ("A renvoyé un envoi", "arrow-repeat"),
    "sms.account.edited": ("A modifié un compte SMS", "phone"),
    "sms.account.opened": ("A ouvert un compte SMS", "phone"),
    "sms.key.created": ("A créé une clé SMS", "key"),
    "sms.key.revoked": ("A révoqué une clé SMS", "key"),
    "portal.announcement.published": ("A publié une annonce", "megaphone"),
    "portal.announcement.ended": ("A terminé une annonce", "megaphone"),
    "portal.favourite.kept": ("A changé ses favoris", "star"),
    "portal.referent.named": ("A nommé un référent", "person-gear"),
    "portal.access.opened": ("A ouvert son propre accès par FranceConnect", "door-open"),
    "circle.read": ("A consulté le cercle", "people"),
    "circle.member.added": ("A ajouté quelqu’un au cercle", "person-plus"),
    "circle.member.removed": ("A retiré quelqu’un du cercle", "person-dash"),
    "circle.change.simulated": (
        "A essayé un changement des habilitations sur ce dossier",
        "shield-lock",
    ),
    "circle.mandate.opened": ("A ouvert le dossier à qui l’assiste", "eye"),
    "circle.mandate.closed": ("A refermé le dossier à qui l’assiste", "eye-slash"),
    "circle.mandate.renewed": ("A renouvelé une mesure de protection", "arrow-repeat"),
    "circle.mandate.ended": ("A terminé une mesure de protection", "person-dash"),
    "circle.mandate.lacking": (
        "Rappel d’une décision de protection à préciser",
        "file-earmark-text",
    ),
    "circle.mandate.reminded": ("Rappel de la fin d’une mesure de protection", "hourglass-split"),
    "circle.access.asked": ("A demandé l’accès au dossier", "door-open"),
    "circle.access.answered": ("A répondu à une demande d’accès", "door-open"),
    "circle.consent.recorded": ("A recueilli un consentement", "pen"),
    "circle.consent.withdrawn": ("A enregistré le retrait d’un consentement", "pen"),
    "circle.opposition.recorded": ("A enregistré une opposition", "slash-circle"),
    "circle.opposition.lifted": ("A levé une opposition", "slash-circle"),
    "identity.changed": ("A mis à jour l’identité", "person-vcard"),
    "identity.created": ("A créé l’identité", "person-vcard"),
    "identity.linked": ("A rapproché deux identités", "link-45deg"),
    "identity.loaded": ("Reprise de l’identité", "person-vcard"),
    "identity.merged": ("A fusionné deux identités", "link-45deg"),
    "identity.corrected": ("A corrigé l’identité", "pencil"),
    "identity.doubted": ("A signalé l’identité comme douteuse", "question-diamond"),
    "identity.emergency.created": ("A créé une identité d’urgence", "exclamation-octagon"),
    "identity.emergency.filled": ("A rempli les traits d’une identité d’urgence", "pencil"),
    "identity.emergency.list": ("A vu la liste des personnes sans nom", "search"),
    "identity.emergency.recognised": ("A dit qui est une personne admise sans nom", "person-check"),
    "identity.emergency.restored": (
        "A remis une identité d’urgence dans la liste",
        "arrow-counterclockwise",
    ),
    "identity.emergency.withdrawn": (
        "A dit qu’une identité d’urgence était créée par erreur",
        "slash-circle",
    ),
    "identity.fictitious": ("A signalé l’identité comme fictive", "mask"),
    "identity.ins.asked": ("A interrogé l’INSi", "send"),
    "identity.ins.differs": ("L’INSi a rendu d’autres traits", "exclamation-triangle"),
    "identity.ins.kept": ("L’INSi a confirmé l’INS", "patch-check"),
    "identity.ins.moved_on": ("L’identité a changé avant la réponse de l’INSi", "person-vcard"),
    "identity.ins.none": ("L’INSi n’a trouvé personne", "search"),
    "identity.ins.qualified": ("L’identité est devenue qualifiée", "patch-check"),
    "identity.ins.refused": ("Un matricule de test a été refusé", "slash-circle"),
    "identity.ins.retrieved": ("L’INS a été récupérée", "arrow-down-circle"),
    "identity.ins.several": ("L’INSi a trouvé plusieurs personnes", "people"),
    "identity.ins.taken_off": ("L’INSi a démenti l’INS, qui est retirée", "exclamation-octagon"),
    "identity.labels.printed": ("A imprimé des étiquettes d’identité", "printer"),
    "identity.lifted": ("A levé un attribut de l’identité", "person-vcard"),
    "identity.namesake": ("A signalé un homonyme", "people"),
    "identity.sheet.read": ("A consulté l’identité", "person-vcard"),
    "identity.stepped_back": ("A ramené l’identité au statut provisoire", "arrow-counterclockwise"),
    "identity.unmerged": ("L’établissement a défait une fusion de numéros", "link-45deg"),
    "identity.validated": ("A contrôlé une pièce d’identité", "card-checklist"),
    "identity.relinked": ("A corrigé le rapprochement d’identités", "link-45deg"),
    "identity.search": ("A vu cette personne dans une recherche", "search"),
    "identity.search.exact": ("A fait une recherche exacte sur cette personne", "search"),
    "identity.incident.declared": ("A déclaré un événement sur l’identité", "exclamation-triangle"),
    "identity.probe.answered": ("A comparé l’identité à celle d’un logiciel", "search"),
    "identity.question.asked": (
        "A interrogé l’établissement source sur l’identité",
        "question-circle",
    ),
    "identity.quarantined": ("A mis de côté des traits d’une autre personne", "person-vcard"),
    "identity.team.read": ("A vérifié l’identité pour sa structure", "person-vcard"),
    "identity.unit.read": (
        "A examiné toutes les identités (cellule d’identitovigilance)",
        "person-vcard",
    ),
    "identity.unit.search": ("A cherché un numéro (cellule d’identitovigilance)", "search"),
    "identity.work.undone": ("A défait une décision sur l’identité", "arrow-counterclockwise"),
    "identity.work.read": ("A examiné l’identité (cellule d’identitovigilance)", "person-vcard"),
    "identity.work.noted": ("A écrit une note sur l’identité", "pencil"),
    "identity.work.outdated": ("Une décision proposée sur l’identité est devenue caduque", "clock"),
    "identity.work.proposed": ("A proposé une décision sur l’identité", "person-vcard"),
    "notice.given": ("A prévenu la personne ou son cercle", "bell"),
    "notice.list.read": ("A lu ses notifications", "bell"),
    "rights.access.asked": ("A demandé d’expliquer des accès au dossier", "question-circle"),
    "rights.access.explained": ("A expliqué ses accès au dossier", "chat-left-text"),
    "rights.access.seen": ("A revu des accès au dossier\u00a0: rien à dire", "clipboard-check"),
    "rights.opening.read": ("A vu qui a ouvert le dossier, sans l’ouvrir", "clipboard-check"),
    "rights.openings.exported": ("A exporté la liste des accès de sa structure", "download"),
    "rights.openings.read": ("A vu la liste des accès de sa structure", "clipboard-check"),
    "rights.review.read": ("A suivi une demande d’explication sur des accès", "clipboard-check"),
    "rights.reviews.read": ("A suivi les demandes d’explication sur des accès", "clipboard-check"),
    "rights.copy.asked": ("A demandé une copie des données", "file-earmark-zip"),
    "rights.copy.downloaded": ("A téléchargé la copie des données", "download"),
    "rights.copy.expired": ("Effacement de la copie des données", "trash"),
    "rights.copy.failed": ("La copie des données n’a pas été préparée", "file-earmark-zip"),
    "rights.copy.granted": ("A accordé une copie des données, sans la voir", "file-earmark-zip"),
    "rights.copy.made": ("Préparation de la copie des données", "file-earmark-zip"),
    "rights.glass.asked": ("A demandé une explication sur un accès en urgence", "question-circle"),
    "rights.glass.explained": ("A expliqué son accès en urgence", "chat-left-text"),
    "rights.glass.justified": ("A jugé justifié un accès en urgence", "shield-check"),
    "rights.glass.read": ("A relu un accès en urgence, sans ouvrir le dossier", "clipboard-check"),
    "rights.glass.unjustified": ("A jugé non justifié un accès en urgence", "shield-x"),
    "rights.glasses.read": ("A vu un accès en urgence dans une liste à relire", "clipboard-check"),
    "rights.restriction.lifted": ("A levé la limitation du traitement", "slash-circle"),
    "rights.restriction.placed": ("A limité le traitement du dossier", "slash-circle"),
    "rights.retention.listed": (
        "Durée de conservation du dossier arrivée à terme",
        "hourglass-bottom",
    ),
    "rights.retention.read": (
        "A examiné la fin de conservation, sans ouvrir le dossier",
        "hourglass-bottom",
    ),
    "rights.retention.kept": ("A prolongé la conservation du dossier", "archive"),
    "rights.retention.released": ("A mis fin à une conservation prolongée", "archive"),
    "rights.retention.approved": ("A approuvé l’élimination du dossier", "trash"),
    "rights.retention.taken_back": (
        "A retiré l’approbation d’élimination",
        "arrow-counterclockwise",
    ),
    "rights.retention.returned": (
        "Élimination arrêtée\u00a0: la personne est revenue",
        "arrow-counterclockwise",
    ),
    "rights.retention.failed": (
        "Élimination impossible\u00a0: rien n’a été effacé",
        "exclamation-triangle",
    ),
    "rights.own.read": ("A revu ses propres accès en urgence", "clipboard-check"),
    "record.accesses.read": ("A consulté la liste des accès", "eye"),
    "record.document.filed": ("A versé un document", "file-earmark-plus"),
    "record.document.hidden": ("A masqué un document", "eye-slash"),
    "record.document.produced": ("A produit un document à partir du dossier", "file-earmark-text"),
    "record.document.read": ("A lu un document", "file-earmark-text"),
    "record.document.shown": ("A changé qui peut voir un document", "eye"),
    "record.document.withdrawn": ("A retiré un document", "file-earmark-minus"),
    "record.document_file.read": ("A téléchargé un document", "download"),
    "record.documents.read": ("A consulté la liste des documents", "file-earmark-text"),
    "record.inbox.read": ("A lu les nouvelles de ses patients", "inbox"),
    "record.prescription.written": ("A écrit un brouillon d’ordonnance", "prescription2"),
    "record.prescription.dropped": ("A abandonné un brouillon d’ordonnance", "prescription2"),
    "record.prescription.signed": ("A signé une ordonnance", "prescription2"),
    "record.prescription.replaced": ("A remplacé une ordonnance", "arrow-repeat"),
    "record.prescription.cancelled": ("A annulé une ordonnance", "x-circle"),
    "record.prescription.read": ("A lu une ordonnance", "prescription2"),
    "record.prescription.printed": ("A imprimé une ordonnance", "printer"),
    "record.prescriptions.read": ("A consulté la liste des ordonnances", "prescription2"),
    "record.publications.read": ("A lu les publications au DMP de ses patients", "send"),
    "record.intake.cancelled": ("A abandonné une liste de patients", "list-ul"),
    "record.intake.checked": ("A déposé une liste de patients", "list-ul"),
    "record.intake.exported": ("A téléchargé les refus d’une liste", "download"),
    "record.intake.read": ("A consulté une liste déposée", "list-ul"),
    "record.intake.started": ("A lancé la création d’une liste", "list-ul"),
    "record.life_line.read": ("A consulté le fil de vie", "clock-history"),
    "record.list.removed": ("A retiré une liste de patients", "list-ul"),
    "record.list.saved": ("A gardé une liste de patients", "list-ul"),
    "record.list.read": ("A affiché sa liste de patients", "list-ul"),
    "record.publication.asked": ("A demandé de publier un document au DMP", "send"),
    "record.publication.replayed": (
        "A relancé la publication d’un document au DMP",
        "arrow-repeat",
    ),
    "record.publication.sent": ("A transmis un document au DMP", "send"),
    "record.publication.removed": ("A retiré un document du DMP", "file-earmark-minus"),
    "record.publication.refused": ("Le DMP a refusé un document", "x-circle"),
    "record.publication.void": (
        "Un document retiré ou remplacé n’est pas parti au DMP",
        "x-circle",
    ),
    "record.mask.kept": ("A masqué un document aux professionnels", "eye-slash"),
    "record.mask.lifted": ("A montré de nouveau un document aux professionnels", "eye"),
    "record.disclosure.awaited": (
        "A caché un document à la personne jusqu’à la consultation d’annonce",
        "hourglass-split",
    ),
    "record.disclosure.made": ("A montré à la personne un document annoncé", "eye"),
    "record.note.amended": ("A modifié une note", "pencil"),
    "record.note.withdrawn": ("A retiré une note", "chat-left"),
    "record.note.written": ("A écrit une note", "chat-left-text"),
    "record.notes.read": ("A consulté les notes", "chat-left-text"),
    "record.print.read": ("A imprimé la synthèse", "printer"),
    "record.result.read": ("A consulté l’évolution d’une analyse", "graph-up"),
    "record.results.corrected": ("A corrigé des résultats", "droplet"),
    "record.results.filed": ("A transmis des résultats", "droplet"),
    "record.results.hidden": ("A masqué des résultats", "eye-slash"),
    "record.results.read": ("A consulté les résultats", "droplet"),
    "record.results.shown": ("A changé qui peut voir des résultats", "eye"),
    "record.results.withdrawn": ("A retiré des résultats", "droplet"),
    "record.secret.kept": (
        "A enregistré un acte au secret, à la demande de la personne",
        "incognito",
    ),
    "record.secret.lifted": ("A levé un acte au secret, à la demande de la personne", "incognito"),
    "record.secrets.read": ("A consulté les actes au secret", "incognito"),
    "record.stay.recorded": ("A transmis un mouvement de séjour", "hospital"),
    "record.summary.sent": ("A remis la synthèse hors du cercle", "send"),
    "record.summary.read": ("A consulté la synthèse", "clipboard2-pulse"),
}
REASONED = frozenset(
    {
        "access.glass.broken",
        "record.disclosure.awaited",
        "record.note.withdrawn",
        "record.summary.sent",
        "rights.glass.unjustified",
    }
)
"""Acts whose reason the journal shows: written for whoever reads it, as for a broken glass."""
PERSONS = ("person", "patient", "proxy")
OF_PERSONS = {"record.list.read": ("A ouvert son accueil", "house")}
"""Acts whose words are others when a patient or a relative does them."""
ENTRY_WORDS = {
    "problem": ("un problème", "les problèmes", "clipboard2-heart"),
    "allergy": ("une allergie", "les allergies", "exclamation-triangle"),
    "treatment": ("un traitement", "les traitements", "capsule"),
    "vaccination": ("un vaccin", "les vaccinations", "shield-plus"),
    "measure": ("une mesure", "les mesures", "activity"),
}
ACTIONS |= {
    f"record.{kind}.{what}": (f"{verb} {one}", icon)
    for kind, (one, _, icon) in ENTRY_WORDS.items()
    for what, verb in (
        ("recorded", "A noté"),
        ("amended", "A modifié"),
        ("withdrawn", "A retiré"),
    )
} | {
    f"record.{kind}s.read": (f"A consulté {many}", icon)
    for kind, (_, many, icon) in ENTRY_WORDS.items()
}

FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("fhir.", "Lecture par un logiciel relié (FHIR)", "hdd-network"),
    ("circle.", "A agi sur le cercle", "people"),
    ("identity.", "A agi sur l’identité", "person-vcard"),
    ("record.", "A agi sur le dossier", "folder2-open"),
    ("account", "A agi sur son compte", "person-gear"),
    ("questionnaires.", "A consulté ou rempli un formulaire", "ui-checks"),
    ("workflow.", "A suivi une demande", "send"),
    ("social_assessment.", "A consulté les demandes d’évaluation sociale", "house-heart"),
    ("coordination.", "A consulté ou suivi la coordination", "diagram-3"),
    ("home_monitoring.", "A consulté ou suivi la surveillance à domicile", "activity"),
    ("home_support.", "A consulté ou préparé le retour à domicile", "house-heart"),
    ("plans.", "A consulté ou tenu à jour le plan d’actions", "list-check"),
    ("health_plan.", "A consulté le plan personnalisé de santé", "clipboard2-heart"),
    ("agenda.", "A consulté ou tenu à jour l’agenda", "calendar-week"),
    ("threads.", "A pris part à une conversation", "chat-dots"),
    ("rights.", "A suivi les droits de la personne", "shield-check"),
    ("vaccination.", "A consulté ou tenu à jour les vaccinations", "shield-plus"),
    ("rosters.", "A consulté ou tenu à jour les astreintes", "telephone"),
    ("sending.", "A suivi un envoi", "envelope"),
    ("sms.", "A suivi les SMS", "phone"),
    ("portal.announcement", "A tenu à jour une annonce", "megaphone"),
    ("portal.", "A agi sur des comptes", "people"),
    ("access.matrix", "A agi sur la matrice des habilitations", "shield-lock"),
    ("application", "A agi sur le registre des applications", "window-stack"),
    ("gateway.", "A agi sur les messages reçus", "inboxes"),
    ("beds.", "A agi sur les lits", "hospital"),
    ("directory.", "A agi sur l’annuaire", "person-vcard"),
    ("geography.", "A agi sur les territoires", "map"),
    ("offer.", "A agi sur l’offre de soins", "hospital"),
)

ROLES = {
    "physician": "Médecin",
    "midwife": "Sage-femme",
    "dentist": "Chirurgien-dentiste",
    "biologist": "Biologiste médical",
    "nurse": "Infirmier ou infirmière",
    "pharmacist": "Pharmacien",
    "allied": "Professionnel paramédical",
    "coordinator": "Coordinateur de parcours",
    "social_worker": "Travailleur social",
    "secretary": "Secrétaire",
    "identity_officer": "Cellule d’identitovigilance",
    "person": "Patient ou proche",
    "patient": "La personne elle-même",
    "proxy": "Représentant",
    "operator": "Exploitation",
    "standby": "Exploitation",
    "auditor": "Contrôle",
    "system": "Échange automatique",
}

PURPOSES = {
    "care_team": "Équipe de soins",
    "organisation": "Équipe de soins de la structure",
    "sending": "Destinataire d’une demande",
    "stay": "Séjour en cours ou récent",
    "consent": "Consentement de la personne",
    "self": "Son propre dossier",
    "proxy": "Représentant de la personne",
    "break_glass": "Bris de glace",
    "centre_15": "Régulation médicale (centre 15)",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal as it is shown."""

    access: Access
    sentence: str
    icon: str
    who: str
    role: str
    place: str
    ground: str
    is_glass: bool
    is_refused: bool
    reason: str


def sentence_of(action: str, role: str = "") -> tuple[str, str]:
    """What was done, in words, and its icon; an action without words of its own takes its family's."""
    if role in PERSONS and action in OF_PERSONS:
        return OF_PERSONS[action]
    if action in ACTIONS:
        return ACTIONS[action]
    for prefix, words, icon in FAMILIES:
        if action.startswith(prefix):
            return words, icon
    return "Autre acte", "dot"


def lines(accesses: Sequence[Access]) -> list[Line]:
    """The journal with names of places in place of their keys: one query for a page."""
    ids: set[UUID] = {one.organisation_id for one in accesses if one.organisation_id}
    rows = Organisation.objects.filter(id__in=ids).values_list("id", "name") if ids else ()
    places = dict(rows)
    return [_line(one, places) for one in accesses]


def _line(one: Access, places: dict[UUID, str]) -> Line:
    words, icon = sentence_of(one.action, one.actor_role)
    is_glass = one.action == "access.glass.broken" or one.purpose in {"break_glass", "centre_15"}
    return Line(
        access=one,
        sentence=words,
        icon=icon,
        who=one.actor_name or "Compte sans nom",
        role=ROLES.get(one.actor_role, ""),
        place=places.get(one.organisation_id, "") if one.organisation_id else "",
        ground=PURPOSES.get(one.purpose, ""),
        is_glass=is_glass,
        is_refused=one.outcome == "refused",
        reason=one.reason if is_glass or one.action in REASONED else "",
    )
