{#- Each metric: a column of int_metrics__months, and the one that it is divided by. -#}
{%- set definitions = {
    'net_revenue': ['net_revenue', none],
    'purchase_revenue': ['purchase_revenue', none],
    'credit_note_amount': ['credit_note_amount', none],
    'net_revenue_12_months': ['net_revenue_12_months', none],
    'orders': ['orders', none],
    'repeat_orders': ['repeat_orders', none],
    'repeat_order_share': ['repeat_orders', 'orders'],
    'average_order_value': ['purchase_revenue', 'orders'],
    'orders_per_customer': ['orders', 'active_customers'],
    'active_customers': ['active_customers', none],
    'new_customers': ['new_customers', none],
    'repeat_customers': ['repeat_customers', none],
    'repeat_rate': ['repeat_customers', 'new_customers'],
    'customers': ['customers', none],
    'customers_in_window': ['customers_in_window', none],
    'lost_customers': ['lost_customers', none],
    'share_lost': ['lost_customers', 'customers'],
    'retention_rate': ['retained_customers', 'followed_customers'],
    'retention_rate_month_3': ['retained_in_month_3', 'followed_to_month_3'],
    'engaged_customers': ['engaged_customers', none],
    'acquisition_spend': ['acquisition_spend', none],
    'cost_per_new_customer': ['acquisition_spend', 'acquired_customers'],
    'tickets': ['tickets', none],
    'reopened_tickets': ['reopened_tickets', none],
    'reopened_share': ['reopened_tickets', 'tickets'],
    'ticket_backlog': ['ticket_backlog', none],
    'nps': ['promoters_less_detractors', 'nps_answers'],
    'csat': ['satisfied_answers', 'csat_answers'],
} -%}

with metrics as (
    select * from {{ ref('metrics') }}
),

months as (
    select * from {{ ref('int_metrics__months') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

parts as (
    {% for metric, (numerator, denominator) in definitions.items() %}
    select
        '{{ metric }}' as metric,
        month,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        {{ 'true' if denominator else 'false' }} as is_ratio
    from months
    {% if not loop.last %}union all{% endif %}

    {% endfor %}
)

select
    parts.metric,
    parts.month,
    case
        when not parts.is_ratio then parts.numerator
        when metrics.unit = 'score' then 100 * {{ ratio('parts.numerator', 'parts.denominator') }}
        else {{ ratio('parts.numerator', 'parts.denominator') }}
    end as value,
    parts.numerator,
    parts.denominator,
    {{ month_end(months_later('parts.month', 'cast(metrics.months_until_known as integer)')) }} <= as_of.as_of_date
        as is_complete
from parts
inner join metrics on parts.metric = metrics.metric
cross join as_of
