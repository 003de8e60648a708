"""Text for spreadsheets: no cell is ever a formula (pure). Source: OWASP, « CSV Injection »."""

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Signs with which a spreadsheet takes a cell for a formula, whatever blanks stand before them; the wide
ones too."""


def csv_cell(value: object) -> str:
    """A cell that a spreadsheet takes for text: an apostrophe before what would be a formula."""
    text = str(value)
    is_formula = text[:1] in ("\t", "\r", "\n") or text.lstrip().startswith(FORMULA)
    return f"'{text}" if is_formula else text
