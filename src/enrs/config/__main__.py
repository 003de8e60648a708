"""`python -m enrs.config` is the command `enrs`."""

from enrs.config.cli import main

if __name__ == "__main__":
    main()
