"""Kernels that the tests start (nbval) get what `make notebooks` gives its own."""

import os
import tempfile

from tools.project import KERNEL_ENVIRONMENT

os.environ.update(KERNEL_ENVIRONMENT)
os.environ.setdefault("IPYTHONDIR", tempfile.mkdtemp(prefix="rnncourse-ipython-"))  # no history, no start-up files
