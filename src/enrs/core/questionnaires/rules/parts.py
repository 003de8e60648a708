"""Who sees and fills which part of a form: sections reserved to roles, hidden and calculated items."""

from enrs.core.questionnaires.rules.shapes import Definition, Item, Values

SYSTEM_ROLE = "system"


def sees(item: Item, role: str) -> bool:
    """Whether a role is shown an item; hidden items are shown to nobody (`shows` says so)."""
    if role == SYSTEM_ROLE or not item.is_restricted:
        return True
    return role in item.roles | item.readers


def shows(item: Item, role: str) -> bool:
    """Whether an item stands on the page of a role."""
    return not item.is_hidden and sees(item, role)


def fills(item: Item, role: str) -> bool:
    """Whether a role may answer an item: never what is hidden, read-only or calculated."""
    if role == SYSTEM_ROLE:
        return not item.calculated
    if item.is_hidden or item.is_read_only or item.calculated:
        return False
    return sees(item, role) and (not item.roles or role in item.roles)


def visible(definition: Definition, values: Values, role: str) -> Values:
    """Of these values, those that a role is shown; hidden scores stay (they are figures, not text)."""
    found = {}
    for link_id, value in values.items():
        item = definition.by_link.get(link_id)
        if item and sees(item, role):
            found[link_id] = value
    return found
