-- 5 x 5 x 5 scores: each combination has exactly one band
select
    count(*) as cells,
    count(band_code) as cells_with_a_band
from {{ ref('int_engagement__band_cells') }}
having
    count(*) <> 125
    or count(band_code) <> 125
