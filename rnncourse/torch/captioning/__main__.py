"""python -m rnncourse.torch.captioning train | evaluate | caption"""

import sys

from rnncourse.torch.captioning.command import main

sys.exit(main())
