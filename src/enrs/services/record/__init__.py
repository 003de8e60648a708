"""The shared record of a person: stays, documents, laboratory results, follow-up notes."""
