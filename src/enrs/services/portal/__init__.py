"""The life of accounts: opening them, helping at night, reviewing, closing; shared posts and the kiosk."""
