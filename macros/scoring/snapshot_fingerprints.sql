{#
  Per snapshot date, a text that changes when a row up to it, its window or the mapping does. `months` has rows per customer
  and month, of which `sums` are the numbers and `hash` covers the rows; `cells` maps scores, in `cell_columns`.
#}
{% macro snapshot_fingerprints(months, month, sums, hash, window_start, cells, cell_columns) -%}
with months as (
    select
        {{ month }},
        {%- for column in sums %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        bit_xor({{ hash }}) as {{ hash }}
    from {{ months }}
    group by {{ month }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

rows_up_to_date as (
    select
        snapshot_dates.snapshot_date,
        snapshot_dates.{{ window_start }},
        {%- for column in sums %}
        sum(months.{{ column }}) as {{ column }},
        {%- endfor %}
        bit_xor(months.{{ hash }}) as {{ hash }}
    from snapshot_dates
    inner join months on snapshot_dates.snapshot_date >= months.{{ month }}
    group by
        snapshot_dates.snapshot_date,
        snapshot_dates.{{ window_start }}
),

cells as (
    select bit_xor({{ row_hash(cell_columns) }}) as cells_hash
    from {{ cells }}
)

select
    rows_up_to_date.snapshot_date,
    cast(rows_up_to_date.{{ window_start }} as string)
    {%- for column in sums + [hash] %}
    || ' ' || cast(rows_up_to_date.{{ column }} as string)
    {%- endfor %}
    || ' ' || cast(cells.cells_hash as string) as fingerprint
from rows_up_to_date
cross join cells
{%- endmacro %}
