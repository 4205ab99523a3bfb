"""`python -m rasid`: the command line."""

from rasid.cli import main

if __name__ == "__main__":
    main()
