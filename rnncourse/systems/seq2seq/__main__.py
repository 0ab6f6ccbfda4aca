"""python -m rnncourse.systems.seq2seq train | evaluate | date | pronounce | number"""

import sys

try:
    from rnncourse.systems.seq2seq.command import main
except ModuleNotFoundError as error:
    print(f"{error}: pip install 'rnncourse[torch,systems]'", file=sys.stderr)
    sys.exit(2)

sys.exit(main())
