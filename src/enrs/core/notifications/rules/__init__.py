"""Pure decisions of notifications: numbers, sentences, hours, signatures."""
