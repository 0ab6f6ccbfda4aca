"""Recurrent neural networks, exactly: the code of the course.

Where to look: `rnncourse.reference` is the textbook in NumPy, `rnncourse.fast` the same made fast,
`rnncourse.torch` the same layers on CPU and GPU, `rnncourse.checks` the exercises.
Importing this package imports none of them, and never torch.
"""

__version__ = "0.1.0"
