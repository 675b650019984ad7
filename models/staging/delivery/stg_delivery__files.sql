with delivered as (
    select * from {{ source('delivery', 'delivered_files') }}
)

select
    source_table,
    part_number,
    file_name,
    encoding,
    delimiter,
    decimal_mark,
    date_orders,
    columns,
    plain_columns,
    local_times,
    local_zone,
    ignored_columns,
    format,
    previous_format
from delivered
