{#
  CTEs up to `segmented`: the rows of `events` with the segment_code of their customer at the latest snapshot before
  `event_date`. `(new)` for who had bought before that date but is in no such snapshot, else `prospect`; `(unknown)` when
  it is nobody's. `history` is the segment history.
#}
{% macro segments_of_events(events, event_date) -%}
    history as (
        select * from {{ ref('customer_segment_history') }}
    ),

    customer_orders as (
        select * from {{ ref('int_customer__orders') }}
    ),

    segmented as (
        select
            {{ events }}.*,
            case
                when {{ events }}.customer_id is null then '(unknown)'
                when history.segment_code is not null then history.segment_code
                when customer_orders.first_order_date < {{ events }}.{{ event_date }} then '(new)'
                else 'prospect'
            end as segment_code
        from {{ events }}
        left join history
            on
                {{ events }}.customer_id = history.customer_id
                and {{ snapshot_before(events ~ '.' ~ event_date) }} = history.snapshot_date
        left join customer_orders on {{ events }}.customer_id = customer_orders.customer_id
    )
{%- endmacro %}
