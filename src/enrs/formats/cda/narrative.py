"""Turns the narrative text of CDA sections into HTML, element by element from an allow-list;
nothing of the source markup passes.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape

from lxml import etree

from enrs.formats.cda.attachments import size_label
from enrs.formats.cda.model import Attachment
from enrs.formats.cda.nodes import V3, attr, elements, local_name, namespace, squeeze

AttachmentUrl = Callable[[int], str]

_XHTML = "http://www.w3.org/1999/xhtml"
_REFUSED = {
    "script", "style", "iframe", "object", "embed", "applet", "template", "noscript", "frame",
    "frameset", "head", "title", "meta", "link", "base", "form", "input", "button", "textarea",
    "select", "svg", "math", "audio", "video", "source", "canvas", "img", "stylesheet", "include",
}  # fmt: skip
REFUSED_HTML = '<span class="cda-refused">[contenu non affiché]</span>'
_BLOCKS = {"paragraph", "p", "div", "list", "ul", "ol", "table", "item", "li"}
_INLINE = {"sub": "sub", "sup": "sup", "b": "strong", "strong": "strong", "i": "em", "em": "em"}
_TABLE_PARTS = {"thead", "tbody", "tfoot", "tr"}
_STYLES = {
    "bold", "italics", "underline", "emphasis", "bolditalics", "strikethrough", "smallcaps",
    "disc", "circle", "square", "arabic", "littleroman", "bigroman", "littlealpha", "bigalpha",
    "lrule", "rrule", "toprule", "botrule",
}  # fmt: skip
_ALIGNS = {"left", "center", "right", "justify"}
_MAX_SPAN = 1000  # the bound of HTML for colspan


@dataclass
class Narrative:
    """Writes one document's narrative; holds what crosses sections (anchors taken, notes)."""

    attachments: dict[str, Attachment] = field(default_factory=dict)
    attachment_url: AttachmentUrl | None = None
    out: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    footnotes: list[etree._Element] = field(default_factory=list)
    notes_written: int = 0

    def text(self, node: etree._Element) -> None:
        """Write the content of a section's ``text``, then its footnotes."""
        self.out.append('<div class="cda-text">')
        self._children(node)
        self.out.append("</div>")
        self._footnote_list()

    def _children(self, node: etree._Element) -> None:
        self.out.append(escape(node.text or ""))
        for child in node:
            if isinstance(child.tag, str):
                self._element(child)
            self.out.append(escape(child.tail or ""))

    def _element(self, node: etree._Element) -> None:
        name = local_name(node)
        if name.lower() in _REFUSED or namespace(node) not in (V3, _XHTML, ""):
            self.out.append(REFUSED_HTML)
            return
        writer = _WRITERS.get(name)
        if writer is not None:
            writer(self, node)
        elif name in _INLINE:
            self._wrap(_INLINE[name], node)
        else:
            self._children(node)

    def _wrap(self, tag: str, node: etree._Element, extra: str = "", css: str = "") -> None:
        self.out.append(f"<{tag}{self._attributes(node, css)}{extra}>")
        self._children(node)
        self.out.append(f"</{tag}>")

    def _attributes(self, node: etree._Element, css: str = "") -> str:
        classes = [css] if css else []
        for style in attr(node, "styleCode").split():
            word = style.lower()
            if word in _STYLES:
                classes.append(f"cda-{word}")
        align = attr(node, "align").lower()
        if align in _ALIGNS:
            classes.append(f"cda-align-{align}")
        named = self._anchor(node)
        return (f' id="{named}"' if named else "") + (
            f' class="{" ".join(dict.fromkeys(classes))}"' if classes else ""
        )

    def _anchor(self, node: etree._Element) -> str:
        """The element's own anchor, once: a repeated ID gets none."""
        anchor = anchor_of(attr(node, "ID"))
        if not anchor or anchor in self.taken:
            return ""
        self.taken.add(anchor)
        return anchor

    def _paragraph(self, node: etree._Element) -> None:
        crowded = any(local_name(item) in _BLOCKS for item in node.iter() if item is not node)
        self._wrap("div" if crowded else "p", node, css="cda-paragraph" if crowded else "")

    def _content(self, node: etree._Element) -> None:
        tag = {"delete": "del", "insert": "ins"}.get(attr(node, "revised"), "span")
        self._wrap(tag, node)

    def _break(self, node: etree._Element) -> None:
        self.out.append("<br>")
        self._children(node)

    def _list(self, node: etree._Element) -> None:
        ordered = attr(node, "listType") == "ordered" or local_name(node) == "ol"
        tag = "ol" if ordered else "ul"
        for child in elements(node):
            if local_name(child) == "caption":
                self._wrap("p", child, css="cda-caption")
        self._loose_text(node)
        self.out.append(f"<{tag}{self._attributes(node, 'cda-list')}>")
        for child in elements(node):
            if local_name(child) in ("item", "li"):
                self._wrap("li", child)
            elif local_name(child) != "caption":
                self.out.append("<li>")
                self._element(child)
                self.out.append("</li>")
        self.out.append(f"</{tag}>")

    def _loose_text(self, *nodes: etree._Element) -> None:
        """Text where the schema allows none (straight in a list or a table) is shown before it."""
        words = squeeze(
            " ".join((node.text or "") + " ".join(c.tail or "" for c in node) for node in nodes)
        )
        if words:
            self.out.append(f"<p>{escape(words)}</p>")

    def _table(self, node: etree._Element) -> None:
        parts = [child for child in elements(node) if local_name(child) in _TABLE_PARTS]
        rows = [row for part in parts for row in elements(part) if local_name(row) == "tr"]
        self._loose_text(node, *parts, *rows)
        self.out.append('<div class="cda-scroll" tabindex="0" role="group" aria-label="Tableau">')
        self.out.append(f"<table{self._attributes(node, 'cda-table')}>")
        loose: list[etree._Element] = []
        for child in elements(node):
            name = local_name(child)
            if name == "caption":
                self._wrap("caption", child)
            elif name in ("thead", "tbody", "tfoot"):
                self.out.append(f"<{name}{self._attributes(child)}>")
                self._rows(elements(child), name)
                self.out.append(f"</{name}>")
            elif name not in ("col", "colgroup"):
                loose.append(child)
        if loose:
            self.out.append("<tbody>")
            self._rows(loose, "tbody")
            self.out.append("</tbody>")
        self.out.append("</table></div>")

    def _rows(self, rows: Iterable[etree._Element], part: str) -> None:
        for row in rows:
            if local_name(row) == "tr":
                self._row(row, part)
            else:
                self.out.append("<tr><td>")
                self._element(row)
                self.out.append("</td></tr>")

    def _row(self, node: etree._Element, part: str) -> None:
        self.out.append(f"<tr{self._attributes(node)}>")
        for cell in elements(node):
            name = local_name(cell)
            if name in ("th", "td"):
                self._wrap(name, cell, _spans(cell) + (_scope(cell, part) if name == "th" else ""))
            else:
                self.out.append("<td>")
                self._element(cell)
                self.out.append("</td>")
        self.out.append("</tr>")

    def _link(self, node: etree._Element) -> None:
        """A link inside the document lives; an outside address is shown as text, never opened."""
        href = attr(node, "href")
        if href.startswith("#") and anchor_of(href[1:]):
            self._wrap("a", node, f' href="#{anchor_of(href[1:])}"')
            return
        self._wrap("span", node)
        if re.match(r"https?://", href, re.IGNORECASE) and href != squeeze(node.text):
            self.out.append(f' <span class="cda-address">({escape(squeeze(href))})</span>')

    def _media(self, node: etree._Element) -> None:
        caption = next((item for item in elements(node) if local_name(item) == "caption"), None)
        words = squeeze(str(caption.xpath("string()"))) if caption is not None else ""
        for reference in attr(node, "referencedObject").split():
            self.media(self.attachments.get(reference), words)
        if words:
            self.out.append(f'<span class="cda-caption">{escape(words)}</span>')

    def media(self, attachment: Attachment | None, words: str = "") -> None:
        """Write one attachment: an image, a link to another file, or why it is not shown."""
        if attachment is None:
            self.out.append('<span class="cda-refused">[pièce jointe absente du document]</span>')
            return
        if attachment.problem or self.attachment_url is None:
            reason = attachment.problem or f"Pièce jointe : {attachment.name}"
            self.out.append(f'<span class="cda-refused">[{escape(reason)}]</span>')
            return
        url = escape(self.attachment_url(attachment.index))
        if attachment.is_image:
            alt = escape(words or "Image jointe au document")
            self.out.append(f'<img class="cda-media" src="{url}" alt="{alt}" loading="lazy">')
            return
        label = f"{words or attachment.name} ({size_label(attachment.data)})"
        self.out.append(f'<a class="cda-attachment" href="{url}">{escape(label)}</a>')

    def _footnote(self, node: etree._Element) -> None:
        self.footnotes.append(node)
        number = len(self.footnotes)
        target = self._footnote_anchor(node, number)
        self.out.append(f'<sup class="cda-note"><a href="#{target}">{number}</a></sup>')

    def _footnote_anchor(self, node: etree._Element, number: int) -> str:
        return anchor_of(attr(node, "ID")) or f"cda-note.{number}"

    def _footnote_ref(self, node: etree._Element) -> None:
        target = anchor_of(attr(node, "IDREF"))
        if target:
            self.out.append(f'<sup class="cda-note"><a href="#{target}">note</a></sup>')

    def _footnote_list(self) -> None:
        """The notes met since the last list; a note inside a note joins the same list."""
        if self.notes_written == len(self.footnotes):
            return
        self.out.append(f'<ol class="cda-notes" start="{self.notes_written + 1}">')
        while self.notes_written < len(self.footnotes):
            node = self.footnotes[self.notes_written]
            self.notes_written += 1
            target = self._footnote_anchor(node, self.notes_written)
            named = "" if target in self.taken else f' id="{target}"'
            self.taken.add(target)
            self.out.append(f"<li{named}>")
            self._children(node)
            self.out.append("</li>")
        self.out.append("</ol>")

    def _caption(self, node: etree._Element) -> None:
        self._wrap("span", node, css="cda-caption")


_WRITERS: dict[str, Callable[[Narrative, etree._Element], None]] = {
    "paragraph": Narrative._paragraph,
    "p": Narrative._paragraph,
    "div": Narrative._paragraph,
    "content": Narrative._content,
    "span": Narrative._content,
    "br": Narrative._break,
    "list": Narrative._list,
    "ul": Narrative._list,
    "ol": Narrative._list,
    "table": Narrative._table,
    "linkHtml": Narrative._link,
    "a": Narrative._link,
    "renderMultiMedia": Narrative._media,
    "footnote": Narrative._footnote,
    "footnoteRef": Narrative._footnote_ref,
    "caption": Narrative._caption,
}


def anchor_of(identifier: str) -> str:
    """The HTML anchor of a narrative ID: ``cda-`` and the ID's letters, digits, dots, dashes."""
    safe = re.sub(r"[^A-Za-z0-9_.:-]", "_", identifier)
    return f"cda-{safe}" if safe else ""


def _spans(cell: etree._Element) -> str:
    found = ""
    for name in ("colspan", "rowspan"):
        raw = attr(cell, name)
        if raw.isascii() and raw.isdigit() and 1 < int(raw[:5]) <= _MAX_SPAN:
            found += f' {name}="{int(raw)}"'
    return found


def _scope(cell: etree._Element, part: str) -> str:
    scope = attr(cell, "scope").lower()
    if scope not in ("row", "col", "rowgroup", "colgroup"):
        wide = attr(cell, "colspan") not in ("", "1")
        scope = ("colgroup" if wide else "col") if part == "thead" else "row"
    return f' scope="{scope}"'


def plain(node: etree._Element) -> str:
    """The narrative's words for full-text search: one line per block or cell, no markup."""
    pieces: list[str] = []
    _plain(node, pieces)
    lines = (squeeze(line) for line in "".join(pieces).split("\0"))
    return "\n".join(line for line in lines if line)


def _plain(node: etree._Element, pieces: list[str]) -> None:
    pieces.append(node.text or "")
    for child in node:
        if isinstance(child.tag, str) and local_name(child).lower() not in _REFUSED:
            apart = local_name(child) in _BLOCKS | _TABLE_PARTS | {"td", "th", "br", "caption"}
            pieces.append("\0" if apart else "")
            _plain(child, pieces)
            pieces.append("\0" if apart else "")
        pieces.append(child.tail or "")
