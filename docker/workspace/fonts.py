"""Teach matplotlib and seaborn to fall back to fonts with Korean, Chinese and Japanese. Argument: the folder of packages.

Matplotlib takes one font for each *family* of its list and falls back along the list, so the families are named one by one.
seaborn's themes replace that list by "sans-serif": their two defaults are the only lines of a package that the image changes.
"""

import pathlib
import re
import sys

FALLBACK = ["sans-serif", "NanumGothic", "Droid Sans Fallback"]


def main() -> None:
    packages = pathlib.Path(sys.argv[1])

    settings = packages / "matplotlib/mpl-data/matplotlibrc"
    text, changed = re.subn(r"(?m)^#?font\.family:.*$", "font.family: " + ", ".join(FALLBACK), settings.read_text())
    if changed != 1:
        sys.exit(f"matplotlibrc: expected font.family once, found it {changed} times")
    settings.write_text(text)

    theme = packages / "seaborn/rcmod.py"
    text = theme.read_text()
    for before, after in (
        ('font="sans-serif"', f"font={tuple(FALLBACK)!r}"),
        ('"font.family": ["sans-serif"]', f'"font.family": {FALLBACK!r}'),
    ):
        if text.count(before) != 1:
            sys.exit(f"seaborn/rcmod.py: expected {before} once")
        text = text.replace(before, after)
    theme.write_text(text)


main()
