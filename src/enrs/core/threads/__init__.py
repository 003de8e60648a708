"""Messages on any subject: members, read marks, mentions, attachments."""
