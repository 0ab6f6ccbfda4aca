"""python -m rnncourse.systems.captioning train | evaluate | caption"""

import sys

try:
    from rnncourse.systems.captioning.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,data]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
