"""`python -m bot` does what `policybot` does."""

import sys

from bot.cli import main

sys.exit(main())
