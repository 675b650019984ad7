with delivered as (
    select * from {{ source('delivery', 'erasure_results') }}
)

select
    request_hash,
    requested_by,
    requested_at,
    outcome,
    customers,
    records,
    rows_erased
from delivered
