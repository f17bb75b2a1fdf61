"""A centre's quarter for the eye: numbers against the quarter before, charts, tables behind them.

Plain data, so that a page, its print, the PDF and the workbook show the same. No personal data: a
quarter has none, except in what the centre wrote into its conclusion.
"""

from handlers.support.figures.drawing import figures
from handlers.support.figures.names import (
    COUNTED,
    DAYS,
    EFFECTS,
    Chart,
    Fact,
    Figures,
    Table,
    decimal,
    quarter_name,
)

__all__ = [
    "COUNTED",
    "DAYS",
    "EFFECTS",
    "Chart",
    "Fact",
    "Figures",
    "Table",
    "decimal",
    "figures",
    "quarter_name",
]
