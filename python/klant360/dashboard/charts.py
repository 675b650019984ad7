"""The kinds of charts, as Vega-Lite specifications without data.

A chart reads the panel's rows from the data set `rows`. The page adds to each row `tip` (what hovering
shows), for a month `<name>_label`, and for a text its words in the reader's language. A title that starts
with @ is the heading of that column.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from klant360.dashboard.colours import KEYS, variable

ROW_HEIGHT = 30
INK, MUTED, PAGE, OTHER, ACCENT = (variable(name) for name in ("ink", "muted", "page", "other", "accent"))
COLOURS = alt.Scale(domain=list(KEYS), range=[variable(name) for name in KEYS])
# The values stand at the bars, so that the axis only says what they are.
UNIT_ONLY = alt.Axis(labels=False, ticks=False, domain=False, grid=False, titleAnchor="start")
HATCH = "url(#hatch)"


def bars(
    category: str,
    value: str,
    *,
    number_format: str = ",d",
    colour: str | None = None,
    labels_above: bool = False,
) -> dict[str, Any]:
    """Horizontal bars in the order of the rows, each with its value at its end.

    Long categories stand above their bars.
    """
    axis = None if labels_above else alt.Axis(labelLimit=190, ticks=False, domain=False)
    y = alt.Y(f"{category}:N", sort=None, title=None, axis=axis)
    fill = alt.Color(f"{colour}:N", scale=COLOURS, legend=None) if colour else alt.value(ACCENT)
    base = alt.Chart().encode(y=y, x=alt.X(f"{value}:Q", title=f"@{value}", axis=UNIT_ONLY))
    size, shift = (12, 8) if labels_above else (18, 0)
    bar = base.mark_bar(cornerRadiusEnd=2, height=size, yOffset=shift).encode(color=fill, tooltip="tip:N")
    label = base.mark_text(align="left", dx=6, dy=shift, color=INK).encode(
        text=alt.Text(f"{value}:Q", format=number_format)
    )
    layers = [bar, label]
    if labels_above:
        name = base.mark_text(align="left", baseline="bottom", dy=-1, color=INK, limit=alt.expr("width"))
        layers.append(name.encode(text=f"{category}:N", x=alt.value(0)))
    return _finished(alt.layer(*layers), rows=category, step=44 if labels_above else ROW_HEIGHT)


def grid(x: str, y: str, colour: str, size: str, label: str, *, x_title: str, y_title: str) -> dict[str, Any]:
    """Squares of cells, whose colour is a segment and whose area is a number."""
    base = alt.Chart().encode(
        x=alt.X(f"{x}:O", title=x_title, axis=alt.Axis(labelAngle=0, domain=False, ticks=False)),
        y=alt.Y(f"{y}:O", sort="descending", title=y_title, axis=alt.Axis(domain=False, ticks=False)),
    )
    frame = base.mark_rect(fillOpacity=0, stroke=variable("line"), cornerRadius=3).encode(tooltip="tip:N")
    square = base.mark_square(opacity=1).encode(
        color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None),
        size=alt.Size(f"{size}:Q", legend=None, scale=alt.Scale(range=[0, 2600])),
        tooltip="tip:N",
    )
    text = base.mark_text(dy=32, color=INK, fontSize=11).encode(text=f"{label}:N")
    return _finished(frame + square + text, rows=y, step=82)


def stacked_columns(
    x: str, value: str, series: str, colour: str, order: str, *, is_labelled: bool
) -> dict[str, Any]:
    """Stacked columns over months, one segment on the other, each labelled at the last month.

    Rows with a `label` have the place of it as `label_at`. Pale where `is_window_full` is false.
    """
    column = (
        alt.Chart()
        .mark_bar(stroke=PAGE, strokeWidth=1)
        .encode(
            x=_months(x),
            y=alt.Y(f"{value}:Q", title=f"@{value}", stack="zero", axis=alt.Axis(format="~s")),
            color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None),
            order=alt.Order(f"{order}:Q"),
            detail=f"{series}:N",
            opacity=alt.condition("datum.is_window_full === false", alt.value(0.45), alt.value(1)),
            tooltip="tip:N",
        )
    )
    label = (
        alt.Chart()
        .transform_filter("isValid(datum.label)")
        .mark_text(align="left", dx=22, color=INK)
        .encode(x=_months(x), y="label_at:Q", text="label:N")
    )
    return _finished(column + label if is_labelled else column, height=340)


def columns(x: str, value: str, colour: str) -> dict[str, Any]:
    """Columns over months, upwards and downwards from zero."""
    column = (
        alt.Chart()
        .mark_bar(stroke=PAGE, strokeWidth=1)
        .encode(
            x=_months(x),
            y=alt.Y(f"{value}:Q", title="@customers", axis=alt.Axis(format="~s")),
            color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None),
            opacity=alt.condition("datum.is_marked", alt.value(0.45), alt.value(1)),
            tooltip="tip:N",
        )
    )
    zero = alt.Chart().mark_rule(color=MUTED).encode(y=alt.datum(0))
    return _finished(column + zero, height=280)


def lines(x: str, value: str, series: str, *, number_format: str, x_title: str) -> dict[str, Any]:
    """Thin lines per series, and a strong one with a `label` for the series marked `is_average`."""
    base = alt.Chart().encode(
        x=alt.X(f"{x}:Q", title=x_title, axis=alt.Axis(format="d", tickMinStep=1, grid=False)),
        y=alt.Y(f"{value}:Q", title=f"@{value}", axis=alt.Axis(format=number_format)),
        detail=f"{series}:N",
        tooltip="tip:N",
    )
    thin = base.transform_filter("!datum.is_average").mark_line(color=OTHER, opacity=0.55, strokeWidth=1.2)
    strong = base.transform_filter("datum.is_average").mark_line(color=ACCENT, strokeWidth=3)
    points = base.mark_point(filled=True, size=46, opacity=0)
    label = base.transform_filter("isValid(datum.label)").mark_text(
        align="right", baseline="bottom", dy=-8, color=INK, fontWeight="bold"
    )
    return _finished(thin + strong + points + label.encode(text="label:N"), height=300)


def intervals(
    category: str, low: str, value: str, high: str, *, number_format: str, colour: str | None = None
) -> dict[str, Any]:
    """A point per row with its interval as a line, and a line at zero."""
    base = alt.Chart().encode(
        y=alt.Y(
            f"{category}:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=190)
        ),
        color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None) if colour else alt.value(ACCENT),
        tooltip="tip:N",
    )
    x = alt.X(f"{low}:Q", title=f"@{value}", axis=alt.Axis(format=number_format, tickCount=5))
    rule = base.mark_rule(strokeWidth=3, opacity=0.45).encode(x=x, x2=f"{high}:Q")
    point = base.mark_point(filled=True, size=90, opacity=1).encode(x=f"{value}:Q")
    zero = alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0))
    return _finished(zero + rule + point, rows=category, step=ROW_HEIGHT)


def lines_over_months(x: str, value: str, series: str, *, number_format: str) -> dict[str, Any]:
    """A line per series over months, each labelled at its end by its column `label`."""
    base = alt.Chart().encode(
        x=_months(x),
        y=alt.Y(f"{value}:Q", title=f"@{value}", axis=alt.Axis(format=number_format)),
        detail=f"{series}:N",
    )
    line = base.mark_line(color=ACCENT, strokeWidth=2)
    points = base.mark_point(filled=True, size=46, opacity=0).encode(tooltip="tip:N")
    label = base.transform_filter("isValid(datum.label)").mark_text(
        align="right", baseline="bottom", dy=-6, color=INK, fontWeight="bold"
    )
    return _finished(line + points + label.encode(text="label:N"), height=300)


def triangle(x: str, y: str, value: str, *, number_format: str, x_title: str) -> dict[str, Any]:
    """A cell per cohort and age: the darker the greater; empty if hidden, hatched if incomplete."""
    base = alt.Chart().encode(
        x=alt.X(
            f"{x}:O", title=x_title, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)
        ),
        y=alt.Y(f"{y}:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
    )
    cell = base.mark_rect(color=ACCENT, stroke=PAGE, strokeWidth=1).encode(
        fillOpacity=_shade(value),
        tooltip="tip:N",
    )
    hatched = base.transform_filter(f"!datum.is_complete && isValid(datum.{value})").mark_rect(
        fill=HATCH, tooltip=False
    )
    text = (
        base.transform_filter(f"isValid(datum.{value})")
        .mark_text(color=INK, fontSize=11)
        .encode(text=alt.Text(f"{value}:Q", format=number_format))
    )
    return _finished(cell + hatched + text, rows=y, step=24)


def matrix(x: str, y: str, value: str) -> dict[str, Any]:
    """A cell per pair of groups, with its number of people; empty if hidden."""
    base = alt.Chart().encode(
        x=alt.X(f"{x}:N", sort=None, title=None,
                axis=alt.Axis(orient="top", labelAngle=-35, domain=False, ticks=False, labelLimit=140)),
        y=alt.Y(f"{y}:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=200)),
    )  # fmt: skip
    cell = base.mark_rect(color=ACCENT, stroke=PAGE, strokeWidth=1).encode(
        fillOpacity=_shade(value),
        tooltip="tip:N",
    )
    text = (
        base.transform_filter(f"isValid(datum.{value})")
        .mark_text(color=INK, fontSize=11)
        .encode(text=alt.Text(f"{value}:Q", format=",d"))
    )
    return _finished(cell + text, rows=y, step=28)


def waterfall(category: str, start: str, end: str, value: str, colour: str) -> dict[str, Any]:
    """Steps from one total to another, each starting where the last ended."""
    base = alt.Chart().encode(
        y=alt.Y(
            f"{category}:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=190)
        )
    )
    bar = base.mark_bar(height=18).encode(
        x=alt.X(f"{start}:Q", title=f"@{value}", axis=alt.Axis(format="$~s", tickCount=5)),
        x2=f"{end}:Q",
        color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None),
        tooltip="tip:N",
    )
    label = base.mark_text(align="left", dx=6, color=INK).encode(
        x="high:Q", text=alt.Text(f"{value}:Q", format="$.3~s")
    )
    # the label of the longest bar needs room at its end
    room = base.transform_calculate(room="1.5 * datum.high").mark_point(opacity=0).encode(x="room:Q")
    return _finished(room + bar + label, rows=category, step=ROW_HEIGHT)


def parts(category: str, value: str, part: str, colour: str, order: str) -> dict[str, Any]:
    """Horizontal bars that add up to a whole, one per category."""
    bar = (
        alt.Chart()
        .mark_bar(height=18, stroke=PAGE, strokeWidth=1)
        .encode(
            y=alt.Y(
                f"{category}:N",
                sort=None,
                title=None,
                axis=alt.Axis(ticks=False, domain=False, labelLimit=240),
            ),
            x=alt.X(
                f"{value}:Q",
                title=f"@{value}",
                stack="normalize",
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=alt.Color(f"{colour}:N", scale=COLOURS, legend=None),
            order=alt.Order(f"{order}:Q"),
            detail=f"{part}:N",
            tooltip="tip:N",
        )
    )
    return _finished(bar, rows=category, step=ROW_HEIGHT)


def against(x: str, y: str, *, number_format: str) -> dict[str, Any]:
    """A point per row, and the line on which both numbers are equal."""
    axis = alt.Axis(format=number_format, tickCount=5)
    base = alt.Chart().encode(
        x=alt.X(f"{x}:Q", title=f"@{x}", axis=axis, scale=alt.Scale(zero=True)),
        y=alt.Y(f"{y}:Q", title=f"@{y}", axis=axis, scale=alt.Scale(zero=True)),
    )
    equal = alt.Chart().mark_line(color=OTHER, strokeDash=[4, 4]).encode(x=f"{x}:Q", y=f"{x}:Q")
    points = base.mark_point(filled=True, size=90, color=ACCENT, opacity=1).encode(tooltip="tip:N")
    return _finished(equal + points, height=300)


def flow_bands() -> dict[str, Any]:
    """Bands between two columns of segments: rows of `kind` band, node and label, laid out beforehand."""
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("top:Q", axis=None, scale=alt.Scale(domain=[0, 1], reverse=True))
    colour = alt.Color("colour:N", scale=COLOURS, legend=None)
    band = (
        alt.Chart()
        .transform_filter("datum.kind === 'band'")
        .mark_area(interpolate="monotone", opacity=0.5)
        .encode(x=x, y=y, y2="bottom:Q", color=colour, detail="band:N", tooltip="tip:N")
    )
    node = (
        alt.Chart()
        .transform_filter("datum.kind === 'node'")
        .mark_rect()
        .encode(x=x, x2="right:Q", y=y, y2="bottom:Q", color=colour, tooltip="tip:N")
    )
    labels = [
        alt.Chart()
        .transform_filter(f"datum.kind === 'label' && datum.side === '{side}'")
        .mark_text(align=align, dx=dx, baseline="middle", color=INK)
        .encode(x=x, y=y, text="node:N")
        for side, align, dx in (("before", "right", -8), ("after", "left", 8))
    ]
    return _finished(alt.layer(band, node, *labels), height=560)


def _shade(value: str) -> Any:
    """Return how dark a cell is, by its column `shade` from 0 to 1; hidden cells are empty."""
    scale = alt.Scale(domain=[0, 1], range=[0.04, 0.5], clamp=True)
    return alt.condition(
        f"isValid(datum.{value})", alt.FillOpacity("shade:Q", legend=None, scale=scale), alt.value(0)
    )


def _months(x: str) -> alt.X:
    return alt.X(
        f"{x}_label:O",
        sort=None,
        title=None,
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, ticks=False),
    )


def _finished(
    chart: Any,
    *,
    height: int | None = None,
    rows: str | None = None,
    step: int | None = None,
) -> dict[str, Any]:
    """Return the specification, with the height of the chart, or of each value of the column `rows`."""
    spec = chart.properties(data=alt.NamedData(name="rows")).to_dict(validate=False)
    spec.pop("config", None)
    if height:
        spec["height"] = height
    else:
        spec["usermeta"] = {"rows": rows, "step": step}
    return spec
