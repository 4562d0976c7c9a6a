"""`python -m bitly_data`."""

import sys

from bitly_data.cli import main

sys.exit(main())
