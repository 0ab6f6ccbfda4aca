"""Yearly means of the sunspot number, 1700 to 2008: an index of groups and spots, with a cycle of about eleven years.

Version 1 of the series; version 2, of July 2015, has other values. Wolf began it in 1849 and reconstructed what lies
before.
"""

import numpy as np

from ._packaged import read_checked

SOURCE = (
    "WDC-SILSO, Royal Observatory of Belgium, Brussels: yearly mean sunspot number (version 1), "
    "as distributed by NOAA's National Geophysical Data Center and in statsmodels (datasets.sunspots)"
)
LICENCE = "public domain, as stated by statsmodels for this table"
SHA256 = "f27f008d9156ad412e4d049a84d1a2aeaf5a9c575c6e4964e0247376ebe829cf"


def load() -> tuple[np.ndarray, np.ndarray]:
    """Read the table that is kept in the package.

    Returns
    -------
    years : (309,) int64, 1700 … 2008.
    numbers : (309,) float64, the mean sunspot number of each year, on the scale of version 1.

    Raises
    ------
    FileNotFoundError, ValueError : the file is missing or was changed.
    """
    lines = read_checked("sunspots.csv", SHA256).decode().splitlines()[1:]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    return table[:, 0].astype(np.int64), table[:, 1].copy()
