"""Colours, as CSS variables: each has a value for light and for dark.

Twelve hues cannot be told apart by everyone, so segments are also labelled. Contrast to the page is at least
3, and any two segments are at least 12.9 apart (CIEDE2000), for the colour-blind too.
"""

from __future__ import annotations

LIGHT = {
    "page": "#ffffff", "raised": "#ffffff", "ground": "#f4f5f7", "ink": "#191c20", "muted": "#565d66",
    "line": "#d9dde2", "accent": "#335fc0", "good": "#175d4b", "bad": "#a13a2a", "other": "#8a9099",
    "champion": "#0a168f", "loyal": "#335fc0", "potential_loyal": "#249fc7", "new": "#7f9a6c",
    "promising": "#175d4b", "needs_attention": "#786126", "at_risk": "#cc831c", "cant_lose": "#6f1705",
    "about_to_sleep": "#a34779", "hibernating": "#461d3d", "lost": "#968e90", "prospect": "#251f1b",
}  # fmt: skip
DARK = {
    "page": "#15191d", "raised": "#1c2126", "ground": "#101316", "ink": "#eef1f4", "muted": "#a9b1ba",
    "line": "#353c44", "accent": "#7e93ef", "good": "#4fb894", "bad": "#f0907f", "other": "#7b838d",
    "champion": "#6059ca", "loyal": "#7e93ef", "potential_loyal": "#75e5fe", "new": "#a4bd86",
    "promising": "#0b8259", "needs_attention": "#fded59", "at_risk": "#df8805", "cant_lose": "#c52d2f",
    "about_to_sleep": "#d49dbd", "hibernating": "#8b5d81", "lost": "#95938b", "prospect": "#e6f1ed",
}  # fmt: skip
KEYS = tuple(LIGHT)


def css_variables(colours: dict[str, str]) -> str:
    """Return CSS declarations of colours."""
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())


def variable(name: str) -> str:
    """Return a colour for use in a chart."""
    return f"var(--{name.replace('_', '-')})"
