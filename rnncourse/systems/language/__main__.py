"""python -m rnncourse.systems.language train | evaluate | sample"""

import sys

try:
    from rnncourse.systems.language.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,data]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
