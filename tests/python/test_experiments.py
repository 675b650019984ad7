"""Experiment results: hand-worked experiments, properties, and the dbt model on DuckDB relations."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.experiments import EXPERIMENT_RESULTS_TYPES, experiment_results
from klant360.analytics.frames import typed
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "campaigns" / "experiment_results.py"
COLUMNS = [
    "experiment",
    "variant",
    "is_baseline",
    "visitors",
    "excluded_visitors",
    "converted",
    "revenue_units",
    "is_complete",
]
CONTROL = ("checkout", "control", True, 100, 7, 40, 1_000_050, True)
TREATMENT = ("checkout", "treatment", False, 100, 7, 60, 3_000_000, True)
UPLIFT = ["uplift", "uplift_low", "uplift_high", "p_value"]
RATIO = ["sample_ratio_p_value", "has_sample_ratio_mismatch"]


def results_of(rows, shares=()):
    return experiment_results(
        pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(shares, columns=["experiment", "variant", "share"])
    )


def rows_of(result, *columns):
    return list(result[list(columns)].itertuples(index=False, name=None))


def variant(name, visitors, is_baseline=False, experiment="checkout"):
    return (experiment, name, is_baseline, visitors, 0, 0, 0, True)


def test_hand_worked_experiment():
    result = results_of([TREATMENT, CONTROL])
    assert list(result.columns) == list(EXPERIMENT_RESULTS_TYPES)
    assert rows_of(result, "variant", "is_baseline", "visitors", "excluded_visitors", "converted") == [
        ("control", True, 100, 7, 40),
        ("treatment", False, 100, 7, 60),
    ]
    assert result["conversion_rate"].tolist() == [0.4, 0.6]
    assert result["rate_low"].tolist() == pytest.approx([0.3094, 0.5020], abs=5e-5)
    assert result["rate_high"].tolist() == pytest.approx([0.4980, 0.6906], abs=5e-5)
    # 1,000,050 / 100 = 10,000.5, away from zero.
    assert result["revenue_per_visitor"].tolist() == [10_001, 30_000]
    treatment = result.iloc[1]
    assert treatment["uplift"] == pytest.approx(0.2)
    assert treatment["uplift_low"] == pytest.approx(0.2 - np.hypot(0.0980, 0.0980), abs=1e-4)
    assert treatment["uplift_high"] == pytest.approx(0.2 + np.hypot(0.0906, 0.0906), abs=1e-4)
    assert treatment["p_value"] == pytest.approx(0.004678, abs=5e-6)
    assert rows_of(result, *RATIO) == [(1.0, False), (1.0, False)]


def test_the_baseline_is_compared_with_nothing():
    result = results_of([CONTROL, TREATMENT])
    assert pd.isna(result.iloc[0][UPLIFT]).all()
    assert not pd.isna(result.iloc[1][UPLIFT]).any()


def test_every_variant_is_compared_with_the_baseline_of_its_own_experiment():
    rows = [
        ("a", "control", True, 10, 0, 1, 0, True),
        ("a", "one", False, 10, 0, 2, 0, True),
        ("a", "two", False, 10, 0, 5, 0, True),
        ("b", "alone", True, 10, 0, 9, 0, False),
    ]
    result = results_of(rows)
    assert result["uplift"].tolist() == pytest.approx([np.nan, 0.1, 0.4, np.nan], nan_ok=True)
    assert result["is_complete"].tolist() == [True, True, True, False]


def test_a_single_variant_has_no_sample_ratio():
    result = results_of([CONTROL], [("checkout", "control", 0.5), ("checkout", "treatment", 0.5)])
    assert pd.isna(result[RATIO]).all(axis=None)


@pytest.mark.parametrize("treated", [True, False])
def test_a_variant_without_visitors_has_no_rates(treated):
    empty, other = ("treatment", "control") if treated else ("control", "treatment")
    rows = [variant(empty, 0, not treated), variant(other, 20, treated)]
    result = results_of(rows).set_index("variant")
    columns = ["conversion_rate", "rate_low", "rate_high", "revenue_per_visitor"]
    assert pd.isna(result.loc[empty, columns]).all()
    assert not pd.isna(result.loc[other, columns]).any()
    assert pd.isna(result[UPLIFT]).all(axis=None)
    assert result["has_sample_ratio_mismatch"].tolist() == [True, True]  # 0 and 20 is no coincidence


def test_an_experiment_in_which_all_are_excluded_has_no_sample_ratio():
    result = results_of([variant("control", 0, True), variant("treatment", 0)])
    assert pd.isna(result[RATIO]).all(axis=None)


@pytest.mark.parametrize(
    ("visitors", "shares", "p_value", "is_mismatch"),
    [
        # (560 - 500)^2 / 500 + (440 - 500)^2 / 500 = 14.4.
        ((560, 440), [], 0.0001478, True),
        ((505, 495), [], 0.7518, False),
        # 2 x 51^2 / 500 = 10.404 and 2 x 53^2 / 500 = 11.236: 0.001 lies in between.
        ((551, 449), [], 0.001257, False),
        ((553, 447), [], 0.0008023, True),
        # 900 and 100 were meant: 10^2 / 900 + 10^2 / 100 = 1.1111.
        ((910, 90), [("checkout", "control", 0.9), ("checkout", "treatment", 0.1)], 0.2918, False),
        ((910, 90), [("checkout", "CONTROL", 90), ("checkout", "Treatment", 10)], 0.2918, False),
        # The shares of another experiment tell nothing.
        ((505, 495), [("Checkout", "control", 0.9), ("Checkout", "treatment", 0.1)], 0.7518, False),
    ],
)
def test_hand_worked_sample_ratios(visitors, shares, p_value, is_mismatch):
    rows = [variant("control", visitors[0], True), variant("treatment", visitors[1])]
    result = results_of(rows, shares)
    assert result["sample_ratio_p_value"].tolist() == [pytest.approx(p_value, rel=5e-4)] * 2
    assert result["has_sample_ratio_mismatch"].tolist() == [is_mismatch] * 2


def test_a_variant_that_is_not_listed_was_meant_for_nobody():
    rows = [variant("control", 50, True), variant("treatment", 50), variant("stray", 1)]
    shares = [("checkout", "control", 1), ("checkout", "treatment", 1)]
    assert rows_of(results_of(rows, shares), *RATIO) == [(0.0, True)] * 3


def test_a_listed_variant_that_nobody_met_takes_part():
    """A third of 60 was meant to see it: (10^2 + 10^2 + 20^2) / 20 = 30, 2 degrees of freedom: exp(-15)."""
    rows = [variant("control", 30, True), variant("treatment", 30)]
    shares = [("checkout", name, 1) for name in ("control", "treatment", "broken")]
    assert rows_of(results_of(rows, shares), *RATIO) == [(pytest.approx(np.exp(-15)), True)] * 2


def test_without_experiments_there_are_no_rows():
    table = typed(results_of([]), EXPERIMENT_RESULTS_TYPES)
    assert table.num_rows == 0
    assert table.schema == typed(results_of([CONTROL]), EXPERIMENT_RESULTS_TYPES).schema


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([CONTROL, CONTROL], "results: a variant is there twice"),
        ([TREATMENT], "results: expected one baseline per experiment"),
        ([CONTROL, variant("other", 5, True)], "results: expected one baseline per experiment"),
        ([(None, *CONTROL[1:])], "results: expected no nulls"),
        ([("checkout", "control", True, 5, 0, 6, 0, True)], "successes must be between 0 and trials"),
        ([("checkout", "control", True, 5, 0, 5, 0.5, True)], "revenue_units: expected integers"),
    ],
)
def test_impossible_results_are_an_error(rows, message):
    with pytest.raises(ValueError) as error:
        results_of(rows)
    assert message in str(error.value)


@pytest.mark.parametrize("share", [0, -0.5, np.nan])
def test_a_share_must_be_above_0(share):
    with pytest.raises(ValueError, match="checkout, control: expected a number above 0"):
        results_of([CONTROL, TREATMENT], [("checkout", "control", share)])


@st.composite
def any_experiment(draw):
    """Up to five variants, the first of which is the baseline."""
    counts = st.integers(0, 10**6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
    return [
        ("e", f"v{place}", place == 0, visitors, 0, converted, draw(st.integers(0, 10**12)), True)
        for place, (visitors, converted) in enumerate(draw(st.lists(counts, min_size=1, max_size=5)))
    ]


@given(any_experiment())
def test_rates_and_uplifts_lie_within_their_limits(rows):
    result = results_of(rows)
    seen = result[result["visitors"] > 0]
    assert seen["conversion_rate"].between(seen["rate_low"], seen["rate_high"]).all()
    compared = result.dropna(subset="uplift")
    assert compared["uplift"].between(compared["uplift_low"], compared["uplift_high"]).all()
    has_baseline = rows[0][3] > 0
    assert len(compared) == (sum(row[3] > 0 for row in rows[1:]) if has_baseline else 0)


@given(any_experiment(), st.randoms())
def test_order_of_the_input_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(results_of(shuffled), results_of(rows))


@given(any_experiment())
def test_equal_shares_in_the_seed_are_as_no_shares(rows):
    listed = results_of(rows, [("e", row[1], 0.2) for row in rows])
    pd.testing.assert_frame_equal(listed, results_of(rows))


def model_inputs(shares="select 'checkout', 'Control', 0.5::double where false"):
    """SQL of the two relations that the model reads."""
    types = ["varchar", "varchar", "boolean", "bigint", "bigint", "bigint", "bigint", "boolean"]
    casts = ", ".join(f"{name}::{kind} as {name}" for name, kind in zip(COLUMNS, types, strict=True))
    names = ", ".join(COLUMNS)
    return {
        "int_experiments__results": f"select {casts} from (values {CONTROL}, {TREATMENT}) as rows({names})",
        "experiment_shares": f"select * from ({shares}) as shares(experiment, variant, share)",
    }


@pytest.mark.parametrize(
    ("shares", "p_value"),
    [
        ("select 'checkout', 'Control', 0.5::double where false", 1.0),
        # 4 and 1: 160 and 40 were meant, 60^2 / 160 + 60^2 / 40 = 112.5.
        ("values ('checkout', 'Control', 0.8::double), ('checkout', 'Treatment', 0.2::double)", 0.0),
    ],
)
def test_model_on_duckdb(shares, p_value):
    with duckdb.connect() as connection:
        assert run_model(MODEL, connection, model_inputs(shares)).num_rows == 2
        rows = connection.sql(
            "select variant, revenue_per_visitor::varchar, round(uplift, 6), round(sample_ratio_p_value, 6)"
            " from result order by variant"
        ).fetchall()
    assert rows == [("control", "1.0001", None, p_value), ("treatment", "3.0000", 0.2, p_value)]


def test_model_without_experiments():
    with duckdb.connect() as connection:
        inputs = {name: f"{sql} where false" for name, sql in model_inputs().items()}
        assert run_model(MODEL, connection, inputs).num_rows == 0
        assert list(result_types(connection).items()) == list(EXPERIMENT_RESULTS_TYPES.items())


def test_yml_has_the_same_columns_and_types():
    (model,) = yaml.safe_load(MODEL.with_suffix(".yml").read_text())["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    assert list(declared.items()) == list(EXPERIMENT_RESULTS_TYPES.items())
