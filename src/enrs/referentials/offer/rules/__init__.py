"""Pure decisions of the offer: opening hours, words of a search, who reads a contact, quality."""
