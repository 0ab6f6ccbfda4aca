"""python -m rnncourse.systems.handwriting train | evaluate | write | invent"""

import sys

try:
    from rnncourse.systems.handwriting.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,extra-data]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
