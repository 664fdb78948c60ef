"""python3 tests/reader --site DIR --recovery-key-file FILE list|ls SNAPSHOT|restore SNAPSHOT TARGET|check, or attack|search …"""

import sys

from cli import main

sys.exit(main(sys.argv[1:]))
