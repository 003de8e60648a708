"""Line charts drawn on the server as SVG: no script, colours from CSS classes, a table behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from enrs.core.ui.french import moment_words, number_words
from enrs.core.ui.ticks import nice_ticks, tick_words, time_ticks

DAY = 86_400.0
FOCUSABLE_POINTS = 200


@dataclass(frozen=True)
class Point:
    """A measure at a moment; `value` None is a measure known to be missing and breaks the line."""

    at: datetime
    value: float | None
    note: str = ""


@dataclass(frozen=True)
class Series:
    """Points in any order; a faint series is context (a past year), drawn behind."""

    label: str
    points: Sequence[Point]
    is_faint: bool = False

    @property
    def ordered(self) -> list[Point]:
        return sorted(self.points, key=lambda point: point.at)


@dataclass(frozen=True)
class Band:
    """Reference range in the unit of the chart; either bound may be open."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def place_of(self, value: float | None) -> str:
        """« haut », « bas » or "" for a value against the range."""
        if value is None or self.holds(value):
            return ""
        return "bas" if self.low is not None and value < self.low else "haut"


@dataclass(frozen=True)
class Plot:
    """Pixel frame of one drawing and the ranges that it shows."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    start: float
    end: float
    low: float
    high: float

    def x(self, at: datetime) -> float:
        span = (self.end - self.start) or 1.0
        inner = self.width - self.left - self.right
        return round(self.left + (at.timestamp() - self.start) / span * inner, 1)

    def y(self, value: float) -> float:
        inner = self.height - self.top - self.bottom
        return round(self.top + (self.high - value) / (self.high - self.low) * inner, 1)


def _plot(series: Sequence[Series], band: Band, *, width: int, height: int) -> Plot | None:
    """Frame that holds every value, and the bounds of the band when they are near."""
    points = [point for line in series for point in line.points if point.value is not None]
    if not points:
        return None
    values = [float(point.value) for point in points if point.value is not None]
    bounds = [float(bound) for bound in (band.low, band.high) if bound is not None]
    ticks = nice_ticks(min(values + bounds), max(values + bounds))
    stamps = [point.at.timestamp() for line in series for point in line.points]
    start, end = min(stamps), max(stamps)
    if start == end:
        start, end = start - DAY, end + DAY
    gutter = 14 + 8 * max(len(number_words(_plain(tick))) for tick in ticks)
    right = 24 + min(7 * max(len(line.label) for line in series), 110) if len(series) > 1 else 52
    return Plot(width, height, gutter, right, 30, 30, start, end, ticks[0], ticks[-1])


def _plain(value: float) -> str:
    """A float without its needless zeros, as plain decimal text."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _axes(plot: Plot, unit: str, band: Band) -> SafeString:
    """Grid, axis labels and the reference band."""
    right = plot.width - plot.right
    parts = [_band(plot, band)]
    for value in nice_ticks(plot.low, plot.high):
        y = plot.y(value)
        parts.append(
            format_html(
                '<line class="ch-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
                '<text class="ch-tick" x="{}" y="{}" text-anchor="end">{}</text>',
                plot.left,
                right,
                y,
                y,
                plot.left - 8,
                y + 4,
                number_words(_plain(value)),
            )
        )
    start = datetime.fromtimestamp(plot.start, UTC)
    end = datetime.fromtimestamp(plot.end, UTC)
    step, ticks = time_ticks(start, end, 6 if plot.width > 500 else 3)
    with_year = start.year != end.year or len(ticks) < 3
    parts.extend(
        format_html(
            '<text class="ch-tick" x="{}" y="{}" text-anchor="middle">{}</text>',
            plot.x(tick),
            plot.height - 8,
            tick_words(tick, step, with_year=with_year),
        )
        for tick in ticks
    )
    parts.append(format_html('<text class="ch-unit" x="{}" y="14">{}</text>', 0, unit))
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped by format_html


def _band(plot: Plot, band: Band) -> SafeString:
    """Shaded reference range with its words at the right edge."""
    if band.low is None and band.high is None:
        return SafeString("")
    top = plot.y(min(band.high if band.high is not None else plot.high, plot.high))
    bottom = plot.y(max(band.low if band.low is not None else plot.low, plot.low))
    return format_html(
        '<rect class="ch-band" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="ch-band-text" x="{}" y="{}">Valeurs de référence</text>',
        plot.left,
        top,
        plot.width - plot.left - plot.right,
        round(max(bottom - top, 1), 1),
        plot.left + 6,
        round(bottom - 6, 1),
    )


def _line(plot: Plot, line: Series, unit: str, band: Band) -> SafeString:
    """Path, marks and end label of one series."""
    path, pen_up = [], True
    for point in line.ordered:
        if point.value is None:
            pen_up = True
            continue
        path.append(f"{'M' if pen_up else 'L'}{plot.x(point.at)} {plot.y(point.value)}")
        pen_up = False
    marks = [] if line.is_faint else _marks(plot, line, unit, band)
    return format_html(
        '<g class="ch-series{}"><path class="ch-line" d="{}"/>{}</g>',
        " is-faint" if line.is_faint else "",
        "".join(path),
        mark_safe("".join(marks)),  # noqa: S308  every mark is escaped by format_html
    )


def _marks(plot: Plot, line: Series, unit: str, band: Band) -> list[SafeString]:
    """Focusable points: a disc inside the range, a diamond outside, a cross where missing.

    One tab stop per series, on the last point; the arrows move along it (app.js).
    """
    points = line.ordered
    kept = [i for i, point in enumerate(points) if point.value is not None]
    if len(points) > FOCUSABLE_POINTS:
        outside = [i for i in kept if band.place_of(points[i].value)]
        kept = sorted({*outside[-FOCUSABLE_POINTS:], kept[-1]}) if kept else []
    marks = [
        _mark(plot, points[i], unit, band, is_stop=i == kept[-1], series=line.label) for i in kept
    ]
    bottom = plot.height - plot.bottom
    marks += [
        format_html(
            '<text class="ch-missing" x="{}" y="{}" text-anchor="middle">×'
            "<title>Mesure manquante, {}</title></text>",
            plot.x(point.at),
            bottom - 4,
            moment_words(point.at),
        )
        for point in points
        if point.value is None
    ]
    return marks


def _mark(
    plot: Plot, point: Point, unit: str, band: Band, *, is_stop: bool, series: str
) -> SafeString:
    value = float(point.value or 0)
    x, y, place = plot.x(point.at), plot.y(value), band.place_of(value)
    words = f"{number_words(_plain(value))} {unit}".strip()
    spoken = f"{series} : {words}{f' ({place})' if place else ''}, {moment_words(point.at)}"
    if point.note:
        spoken = f"{spoken}, {point.note}"
    anchor = "start" if x < plot.width * 0.3 else "end" if x > plot.width * 0.7 else "middle"
    shape = (
        format_html('<path class="ch-dot" d="M{} {}l6 6-6 6-6-6z"/>', x, round(y - 6, 1))
        if place
        else format_html('<circle class="ch-dot" cx="{}" cy="{}" r="4"/>', x, y)
    )
    return format_html(
        '<g class="ch-point{}" tabindex="{}" role="img" aria-label="{}"><title>{}</title>'
        '<circle class="ch-halo" cx="{}" cy="{}" r="11"/>{}'
        '<text class="ch-label" x="{}" y="{}" text-anchor="{}">{}</text></g>',
        " is-out" if place else "",
        "0" if is_stop else "-1",
        spoken,
        spoken,
        x,
        y,
        shape,
        x,
        round(y - 14 if y > 44 else y + 24, 1),
        anchor,
        f"{words}{f' {place}' if place else ''} · {moment_words(point.at)}",
    )


def _ends(plot: Plot, series: Sequence[Series]) -> SafeString:
    """The last value (one series) or the name (several) written at the end of each line."""
    ends: list[tuple[float, float, str, bool]] = []
    for line in series:
        last = next((p for p in reversed(line.ordered) if p.value is not None), None)
        if last is None or last.value is None:
            continue
        words = line.label if len(series) > 1 else number_words(_plain(last.value))
        ends.append((plot.y(last.value), plot.x(last.at), words, line.is_faint))
    rows, floor = [], 0.0
    for y, x, words, is_faint in sorted(ends):
        floor = max(y, floor)
        rows.append((" is-faint" if is_faint else "", x + 10, floor + 5, words))
        floor += 16
    return format_html_join("", '<text class="ch-end{}" x="{}" y="{}">{}</text>', rows)


def line_svg(
    series: Sequence[Series],
    *,
    title: str,
    unit: str,
    band: Band | None = None,
    width: int = 720,
    height: int = 260,
) -> SafeString:
    """The drawing alone, in user units of `width` by `height`; empty when no point has a value."""
    band = band or Band()
    plot = _plot(series, band, width=width, height=height)
    if plot is None:
        return SafeString("")
    ordered = sorted(series, key=lambda line: not line.is_faint)
    lines = mark_safe("".join(_line(plot, line, unit, band) for line in ordered))  # noqa: S308
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        width,
        height,
        f"Courbe : {title}{f', en {unit}' if unit else ''}",
        _axes(plot, unit, band),
        lines,
        _ends(plot, series),
    )


def table_rows(series: Sequence[Series], band: Band | None = None) -> list[dict[str, object]]:
    """The same values for the table, newest first: at, label, value, place, note."""
    band = band or Band()
    flat = [(point, line.label) for line in series for point in line.points]
    flat.sort(key=lambda pair: pair[0].at, reverse=True)
    return [
        {
            "at": point.at,
            "label": label,
            "value": "" if point.value is None else number_words(_plain(float(point.value))),
            "place": band.place_of(point.value),
            "note": point.note,
        }
        for point, label in flat
    ]


def spark_svg(values: Sequence[float]) -> SafeString:
    """A tiny line without axes beside a key figure; decorative, so hidden from readers."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = 96 / (len(values) - 1)
    spots = " ".join(
        f"{round(2 + i * step, 1)},{round(26 - (value - low) / span * 22, 1)}"
        for i, value in enumerate(values)
    )
    last = spots.split(" ")[-1].split(",")
    return format_html(
        '<svg class="spark" viewBox="0 0 104 30" aria-hidden="true" focusable="false">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="3"/></svg>',
        spots,
        last[0],
        last[1],
    )
