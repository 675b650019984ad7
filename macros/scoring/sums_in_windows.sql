{#
  CTEs up to `windows`: per customer and snapshot date, what is in the window that ends with it, from rows per month and,
  where a window begins within a month (its snapshot is no month-end), from the rows of its days. The query calls the
  snapshots `snapshot_dates`, with their window_start_date.

    months, month   a CTE with rows per customer and month, and its column with the first day of the month
    days, day       a CTE with the same by day, and its column with the day
    latest          the column of `months` of which the greatest counts, in the window or before it
    sums            per column: its source in `months`, and its source in `days`
    ever            per column: its source in `months`, of which all up to the snapshot counts
#}
{% macro sums_in_windows(months, month, days, day, latest, sums, ever={}) -%}
    split_windows as (
        select * from snapshot_dates
        where window_start_date <> {{ month_start('window_start_date') }}
    ),

    amounts as (
        select
            {{ months }}.customer_id,
            snapshot_dates.snapshot_date,
            {{ months }}.{{ latest }},
            {%- for column, source in ever.items() %}
            {{ months }}.{{ source }} as {{ column }},
            {%- endfor %}
            {%- for column, sources in sums.items() %}
            case when {{ months }}.{{ month }} >= snapshot_dates.window_start_date then {{ months }}.{{ sources[0] }} else 0 end
                as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from snapshot_dates
        inner join {{ months }} on snapshot_dates.snapshot_date >= {{ months }}.{{ month }}
        union all
        select
            {{ days }}.customer_id,
            split_windows.snapshot_date,
            null as {{ latest }},
            {%- for column in ever %}
            0 as {{ column }},
            {%- endfor %}
            {%- for column, sources in sums.items() %}
            {{ sources[1] }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from split_windows
        inner join {{ days }}
            on
                split_windows.window_start_date <= {{ days }}.{{ day }}
                and {{ month_end('split_windows.window_start_date') }} >= {{ days }}.{{ day }}
    ),

    windows as (
        select
            customer_id,
            snapshot_date,
            max({{ latest }}) as {{ latest }},
            {%- for column in ever.keys() | list + sums.keys() | list %}
            sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from amounts
        group by
            customer_id,
            snapshot_date
    )
{%- endmacro %}
