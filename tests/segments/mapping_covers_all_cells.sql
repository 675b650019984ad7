-- 5 x 5 x 5 scores, one order or more: each has exactly one segment
select
    count(*) as cells,
    count(segment_code) as cells_with_a_segment
from {{ ref('int_rfm__segment_cells') }}
having
    count(*) <> 250
    or count(segment_code) <> 250
