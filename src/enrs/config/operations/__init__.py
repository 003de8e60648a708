"""Operations: backups and restores, upgrades, health, metrics, and what is pruned with time."""
