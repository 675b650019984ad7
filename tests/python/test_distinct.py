"""Distinct rows, against pandas."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.distinct import distinct_rows

numbers = st.integers(-2, 2)


@given(st.lists(st.tuples(numbers, numbers, st.sampled_from([0.5, 1.5])), max_size=30))
def test_rows_are_counted_and_found_again(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=float)
    columns, place, count = distinct_rows(*(frame[name].to_numpy() for name in frame))
    expected = frame.value_counts(sort=False).sort_index()
    assert list(zip(*columns, strict=True)) == expected.index.tolist()
    assert count.tolist() == expected.tolist()
    assert np.column_stack([column[place] for column in columns]).tolist() == frame.to_numpy().tolist()
