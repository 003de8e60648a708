"""Settings, root URLs and the `enrs` command: the only wing that knows every other."""
