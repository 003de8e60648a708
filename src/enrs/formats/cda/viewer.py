"""Shows a CDA document as safe HTML fragments, as plain text for search, and as a list of attached
files.
"""

from collections.abc import Iterable
from html import escape

from lxml import etree

from enrs.formats.cda.attachments import decode_text, size_label
from enrs.formats.cda.entries import Row, entry_rows
from enrs.formats.cda.header import metadata, party_of
from enrs.formats.cda.model import Attachment, Metadata, Organization, Party, Patient
from enrs.formats.cda.narrative import AttachmentUrl, Narrative, plain
from enrs.formats.cda.nodes import code_of, first, kids, text_of
from enrs.formats.cda.reader import CdaDocument
from enrs.formats.cda.values import french_date, french_moment, french_period

_SEXES = {"F": "féminin", "M": "masculin", "UN": "indéterminé", "U": "inconnu"}


def attachments(document: CdaDocument) -> list[Attachment]:
    """The files inside the document: the body of a level-1 one, and every observationMedia."""
    return list(document.attachments)


def render(
    document: CdaDocument, attachment_url: AttachmentUrl | None = None, heading: int = 2
) -> str:
    """The body as an HTML fragment, written from an allow-list (no script, style or outside fetch).

    ``attachment_url`` gives the address of an attachment from its index; without it images and
    files are only named. ``heading`` is the level (1 to 6) of the first section titles.
    """
    writer = Narrative(
        {item.reference: item for item in document.attachments if item.reference}, attachment_url
    )
    writer.out.append('<div class="cda-document">')
    if document.is_structured:
        for section in _sections(document.body):
            _section(writer, section, heading)
    else:
        _level_1(writer, document)
    writer.out.append("</div>")
    return "".join(writer.out)


def _sections(node: etree._Element) -> list[etree._Element]:
    found = (first(link, "section") for link in kids(node, "component"))
    return [section for section in found if section is not None]


def _section(writer: Narrative, section: etree._Element, level: int) -> None:
    writer.out.append('<section class="cda-section">')
    title = _title(section)
    if title:
        tag = f"h{min(max(level, 1), 6)}"
        writer.out.append(f"<{tag}>{escape(title)}</{tag}>")
    _section_authors(writer, section)
    text = first(section, "text")
    nested = _sections(section)
    if text is not None and _has_narrative(text):
        writer.text(text)
    else:
        rows = entry_rows(section)
        if rows:
            _entry_table(writer, rows)
        elif not nested:
            writer.out.append('<p class="cda-empty">Aucune information dans cette partie.</p>')
    for child in nested:
        _section(writer, child, level + 1)
    writer.out.append("</section>")


def _title(section: etree._Element) -> str:
    title = text_of(first(section, "title"))
    code = code_of(first(section, "code"))
    return title or (code.label if code else "")


def _has_narrative(text: etree._Element) -> bool:
    has_media = next(text.iter("{urn:hl7-org:v3}renderMultiMedia"), None) is not None
    return has_media or bool(text_of(text))


def _section_authors(writer: Narrative, section: etree._Element) -> None:
    for node in kids(section, "author"):
        author = party_of(node, "AUT")
        if author.name:
            when = f", le {french_moment(author.at)}" if author.at else ""
            words = escape(f"Rédigé par {author.name}{when}")
            writer.out.append(f'<p class="cda-by">{words}</p>')


def _entry_table(writer: Narrative, rows: list[Row]) -> None:
    writer.out.append(
        '<div class="cda-scroll" tabindex="0" role="group" aria-label="Tableau">'
        '<table class="cda-table cda-entries"><thead><tr><th scope="col">Élément</th>'
        '<th scope="col">Valeur</th><th scope="col">Date</th></tr></thead><tbody>'
    )
    for row in rows:
        if row.is_group:
            writer.out.append(f'<tr><th scope="rowgroup" colspan="3">{escape(row.label)}</th></tr>')
            continue
        writer.out.append(f'<tr><th scope="row">{escape(row.label)}</th><td>')
        if row.media:
            writer.media(writer.attachments.get(row.media))
        writer.out.append(f"{escape(row.value)}</td><td>{escape(row.date)}</td></tr>")
    writer.out.append("</tbody></table></div>")


def _level_1(writer: Narrative, document: CdaDocument) -> None:
    for item in document.attachments:
        if item.mime == "text/plain" and not item.problem:
            writer.out.append(f'<pre class="cda-plain">{escape(decode_text(item))}</pre>')
            continue
        kind = {"application/pdf": "Document PDF", "application/rtf": "Document RTF"}
        words = f"{kind.get(item.mime, 'Document joint')}, {size_label(item.data)}"
        writer.out.append('<p class="cda-file">')
        if item.is_image or item.problem or writer.attachment_url is None:
            writer.media(item)
        else:
            url = escape(writer.attachment_url(item.index))
            writer.out.append(f'<a class="cda-attachment" href="{url}">{escape(words)}</a>')
        writer.out.append("</p>")


def render_header(document: CdaDocument) -> str:
    """The header as an HTML description list: title, patient, authors, dates, structure,
    recipients.
    """
    meta = metadata(document)
    out = ['<dl class="cda-header">']
    for term, values in _header_lines(meta):
        present = [value for value in values if value]
        if present:
            out.append(f"<dt>{escape(term)}</dt>")
            out.extend(f"<dd>{escape(value)}</dd>" for value in present)
    out.append("</dl>")
    return "".join(out)


def _header_lines(meta: Metadata) -> Iterable[tuple[str, list[str]]]:
    kind = meta.type_code.display if meta.type_code else ""
    version = f"version {meta.version_number}" if (meta.version_number or 0) > 1 else ""
    created = french_moment(meta.creation_time)
    replaces = "remplace une version antérieure" if meta.replaces else ""
    legal = meta.legal_authenticator
    return (
        ("Document", [meta.title or kind, kind if kind and kind != meta.title else ""]),
        ("Patient", _patient_lines(meta.patient)),
        ("Créé le", [", ".join(part for part in (created, version, replaces) if part)]),
        ("Auteur", [party_line(item) for item in meta.authors]),
        ("Validé par", [party_line(legal)] if legal and legal.name != _lead(meta) else []),
        ("Acte", [_act_line(meta, index) for index in range(len(meta.service_events))]),
        ("Prescripteur", [party_line(p) for p in meta.participants if p.role == "REF"]),
        ("Destinataire", [party_line(item) for item in meta.recipients]),
        ("Conservé par", [_organization_line(meta.custodian)]),
    )


def _lead(meta: Metadata) -> str:
    return meta.authors[0].name if meta.authors else ""


def _patient_lines(patient: Patient) -> list[str]:
    used = patient.used_name if patient.used_name != patient.birth_name else ""
    given = patient.first_given_name or patient.given_names
    name = " ".join(part for part in (patient.birth_name, given) if part)
    born = "née" if patient.sex == "F" else "né"
    facts = (
        f"{born} le {french_date(patient.birth_date)}" if patient.birth_date else "",
        f"sexe {_SEXES.get(patient.sex, patient.sex)}" if patient.sex else "",
        f"INS {patient.ins.extension}" if patient.ins else "",
    )
    return [
        name + (f", nom utilisé {used}" if used else ""),
        ", ".join(fact for fact in facts if fact),
    ]


def party_line(party: Party) -> str:
    """One line for a professional: name, profession, structure."""
    profession = party.profession.display if party.profession else ""
    place = _organization_line(party.organization)
    return ", ".join(part for part in (party.name, profession, place) if part)


def _organization_line(organization: Organization | None) -> str:
    return (organization.name or organization.idnat) if organization else ""


def _act_line(meta: Metadata, index: int) -> str:
    event = meta.service_events[index]
    label = event.code.label if event.code else ""
    when = french_period(event.start, event.end)
    return ", ".join(part for part in (label, when) if part)


def plain_text(document: CdaDocument) -> str:
    """The words of the document for full-text search: title, section titles, narrative, entries."""
    lines = [text_of(first(document.root, "title"))]
    if document.is_structured:
        for section in _sections(document.body):
            _section_text(section, lines)
    else:
        lines += [decode_text(item) for item in document.attachments if item.mime == "text/plain"]
    return "\n".join(line for line in lines if line)


def _section_text(section: etree._Element, lines: list[str]) -> None:
    lines.append(_title(section))
    text = first(section, "text")
    if text is not None and _has_narrative(text):
        lines.append(plain(text))
    else:
        lines += [" ".join((row.label, row.value)).strip() for row in entry_rows(section)]
    for child in _sections(section):
        _section_text(child, lines)
