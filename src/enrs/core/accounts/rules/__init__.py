"""What an application may ask, and what another provider's answer is worth (pure)."""
