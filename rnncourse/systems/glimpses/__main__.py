"""python -m rnncourse.systems.glimpses train | evaluate | look"""

import sys

try:
    from rnncourse.systems.glimpses.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,systems]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
