"""Charts are exact, focusable and readable without the drawing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from enrs.core.ui.charts import Band, Point, Series, line_svg, table_rows
from enrs.core.ui.ticks import nice_ticks, time_ticks

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def series(*values, label="Hémoglobine"):
    return Series(
        label, [Point(START + timedelta(days=i), value) for i, value in enumerate(values)]
    )


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_cover_every_range_with_few_lines(low, span):
    ticks = nice_ticks(low, low + span)
    slack = abs(low + span) * 1e-6 + 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack
    assert 2 <= len(ticks) <= 8


@pytest.mark.parametrize(
    ("span", "unit"),
    [
        (timedelta(hours=10), "hour"),
        (timedelta(days=5), "day"),
        (timedelta(days=200), "month"),
        (timedelta(days=4000), "year"),
    ],
)
def test_time_axis_picks_its_unit(span, unit):
    found, ticks = time_ticks(START, START + span, 6)
    assert found == unit
    assert 1 <= len(ticks) <= 6
    assert all(START <= tick <= START + span for tick in ticks)


def test_points_outside_the_range_differ_by_shape_and_word():
    drawing = etree.fromstring(
        line_svg([series(13, 10.8)], title="Hb", unit="g/dL", band=Band(12, 16))
    )
    points = [el for el in drawing.iter("g") if "ch-point" in el.get("class", "")]
    assert [el.get("class") for el in points] == ["ch-point", "ch-point is-out"]
    assert "10,8 g/dL (bas)" in points[1].find("title").text
    assert [el.get("tabindex") for el in points] == ["-1", "0"]


def test_a_missing_measure_breaks_the_line():
    drawing = line_svg([series(13, None, 12)], title="Hb", unit="g/dL")
    assert drawing.count("Mesure manquante") == 1
    path = drawing.split('class="ch-line" d="')[1].split('"')[0]
    assert path.count("M") == 2


def test_one_point_no_point_and_equal_points():
    assert line_svg([series(None)], title="Hb", unit="") == ""
    assert "ch-point" in line_svg([series(5)], title="Hb", unit="")
    assert "ch-point" in line_svg([series(0, 0, 0)], title="Hb", unit="")


def test_a_thousand_points_keep_a_light_drawing():
    values = [20 if i % 3 else 14 for i in range(1000)]
    drawing = line_svg([series(*values)], title="Hb", unit="", band=Band(12, 16))
    assert drawing.count('class="ch-point') <= 201


def test_labels_are_escaped():
    drawing = line_svg([series(1, 2, label="<b>"), series(1, 2)], title='"><script>', unit="<i>")
    etree.fromstring(drawing)
    assert "<script>" not in drawing


def test_table_is_newest_first_and_says_what_is_missing():
    rows = table_rows([series(13, None, 10)], Band(12, None))
    assert [row["value"] for row in rows] == ["10", "", "13"]
    assert [row["place"] for row in rows] == ["bas", "", ""]
