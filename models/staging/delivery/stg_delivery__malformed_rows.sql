with delivered as (
    select * from {{ source('delivery', 'malformed_rows') }}
)

select
    source_table,
    file_name,
    line_number
from delivered
