with purchase_days as (
    select * from {{ ref('int_predictions__purchase_days') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

histories as (
    {{ purchase_histories('purchase_days', ['customer_id']) | indent(4) }}
)

select
    histories.customer_id,
    histories.purchase_days,
    histories.recency_days,
    {{ days_between('histories.first_order_date', 'as_of.as_of_date') }} as age_days,
    histories.repeat_spend_units
from histories
cross join as_of
