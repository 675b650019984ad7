with results as (
    select * from {{ ref('stg_delivery__erasure_results') }}
)

select
    request_hash,
    requested_by,
    requested_at,
    outcome,
    customers,
    records,
    rows_erased
from results
