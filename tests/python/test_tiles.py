"""Groups of equal size that never split a tie, against hand-worked ones and SQL's NTILE."""

import duckdb
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.tiles import tie_fair_tiles


def test_hand_worked_fifths():
    """60 customers with 1 order, 20 with 2, 12 with 3 and 8 with 4: nobody is in the highest fifth."""
    orders = np.repeat([4, 1, 3, 2], [8, 60, 12, 20])
    assert tie_fair_tiles(orders, 5).tolist() == np.repeat([4, 1, 3, 2], [8, 60, 12, 20]).tolist()


def test_few_values():
    assert tie_fair_tiles(np.array([], dtype=np.int64), 5).tolist() == []
    assert tie_fair_tiles(np.array([7.5]), 5).tolist() == [1]
    assert tie_fair_tiles(np.array([3, 3, 3]), 10).tolist() == [1, 1, 1]


@given(st.lists(st.integers(), min_size=1, max_size=60, unique=True), st.integers(1, 12))
def test_without_ties_it_is_ntile(values, tiles):
    numbers = pd.DataFrame({"place": np.argsort(np.argsort(values))})
    query = f"select ntile({tiles}) over (order by place) as tile, place from numbers"
    expected = duckdb.sql(query).df().set_index("place")["tile"].loc[numbers["place"]]
    assert tie_fair_tiles(numbers["place"].to_numpy(), tiles).tolist() == expected.tolist()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 12))
def test_ties_are_never_split_and_order_is_kept(values, tiles):
    groups = tie_fair_tiles(np.array(values), tiles)
    assert groups.min() == 1 and groups.max() <= tiles
    by_value = sorted(zip(values, groups.tolist(), strict=True))
    assert len(set(by_value)) == len(set(values))
    assert [group for _, group in by_value] == sorted(groups.tolist())
    # each group is as small as it can be: without its highest value it had not been full
    for group in range(1, groups.max() + 1):
        before, inside = (groups < group).sum(), np.array(values)[groups == group]
        least = -((before - len(values)) // (tiles - group + 1))
        assert len(inside) >= least > (inside < inside.max()).sum()
