"""The look of every figure: sizes, paper, axes."""

from .colours import CYCLE, PAPER


def use_style() -> None:
    """Set matplotlib's defaults for the course: sizes for a phone's width, light paper, quiet axes."""
    import matplotlib as mpl

    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 3.2),
            "figure.dpi": 110,
            "figure.facecolor": PAPER,
            "axes.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": mpl.cycler(color=CYCLE),  # type: ignore[attr-defined]
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.25,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.labelsize": 10,
            "lines.linewidth": 1.8,
            "legend.frameon": False,
            "font.size": 10,
            "image.cmap": "RdBu_r",
            "svg.hashsalt": "rnncourse",
        }
    )
