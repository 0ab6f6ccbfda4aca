"""Kernels that the tests start (nbval) get what `make notebooks` gives its own; claims are compared by numbers."""

import os

from tools.project import KERNEL_ENVIRONMENT

pytest_plugins = ["tools.comparison", "tools.without_torch"]
os.environ.update(KERNEL_ENVIRONMENT)
