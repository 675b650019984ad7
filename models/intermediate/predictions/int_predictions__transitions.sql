with transitions as (
    select * from {{ ref('segment_transitions') }}
    where {{ 'true' if var('forecast_segments') else 'false' }}
)

select
    snapshot_date,
    from_segment,
    to_segment,
    customers
from transitions
