"""python -m rnncourse.systems.handwriting train | evaluate | read FILE.json"""

import sys

try:
    from rnncourse.systems.handwriting.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,systems]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
