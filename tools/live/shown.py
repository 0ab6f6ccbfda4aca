"""Draw the pictures anew that a page of the system `glimpses` shows, and write them beside its example.

python tools/live/shown.py     needs scikit-learn; then python tools/live/examples.py glimpses
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rnncourse.checks.terminal import any_terminal
from rnncourse.systems.glimpses import shown
from tools.project import ROOT


def main() -> int:
    any_terminal()
    shown.write(shown.made(), shown.FILE)
    print(shown.FILE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
