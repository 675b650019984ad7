{%- set periods = {
    'actual': ('trained_until', '>', 'tested_until'),
    'before': ('before_from', '>=', 'trained_until'),
    'year_earlier': ('year_earlier_from', '>=', 'year_earlier_until'),
} -%}

with purchase_days as (
    select * from {{ ref('int_predictions__purchase_days') }}
),

cuts as (
    select * from {{ ref('int_predictions__backtest_cuts') }}
),

known_days as (
    select
        cuts.trained_until,
        purchase_days.customer_id,
        purchase_days.order_date,
        purchase_days.spend_units
    from purchase_days
    inner join cuts on purchase_days.order_date <= cuts.trained_until
),

histories as (
    {{ purchase_histories('known_days', ['trained_until', 'customer_id']) | indent(4) }}
),

outcomes as (
    select
        cuts.trained_until,
        purchase_days.customer_id,
        {% for name, (first, at_least, last) in periods.items() %}
        {% set is_in_period =
            'purchase_days.order_date ' ~ at_least ~ ' cuts.' ~ first
            ~ ' and purchase_days.order_date <= cuts.' ~ last
        %}
        count(*) filter (where {{ is_in_period }}) as {{ name }}_days,
        coalesce(sum(purchase_days.spend_units) filter (where {{ is_in_period }}), 0) as {{ name }}_units,
        {% endfor %}
        bool_or(
            purchase_days.order_date > cuts.trained_until
            and purchase_days.order_date <= cuts.probability_until
        ) as has_bought_after,
        bool_or(
            purchase_days.order_date >= cuts.probability_from
            and purchase_days.order_date <= cuts.trained_until
        ) as has_bought_before
    from purchase_days
    cross join cuts
    group by
        cuts.trained_until,
        purchase_days.customer_id
)

select
    histories.trained_until,
    cuts.tested_until,
    histories.customer_id,
    histories.purchase_days,
    histories.recency_days,
    {{ days_between('histories.first_order_date', 'histories.trained_until') }} as age_days,
    histories.repeat_spend_units,
    outcomes.actual_days,
    cast(outcomes.actual_units as bigint) as actual_units,
    outcomes.before_days,
    cast(outcomes.before_units as bigint) as before_units,
    outcomes.year_earlier_days,
    cast(outcomes.year_earlier_units as bigint) as year_earlier_units,
    case when cuts.probability_until is not null then outcomes.has_bought_after end as bought_after,
    outcomes.has_bought_before as bought_before
from histories
inner join cuts on histories.trained_until = cuts.trained_until
inner join outcomes
    on
        histories.trained_until = outcomes.trained_until
        and histories.customer_id = outcomes.customer_id
