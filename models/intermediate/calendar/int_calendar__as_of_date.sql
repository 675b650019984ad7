with purchases as (
    select * from {{ ref('int_orders__classified') }}
    where is_purchase
),

dates as (
    select
        min(order_date) as first_purchase_date,
        -- without any purchase nothing is cut off
        case when count(*) > 0 then coalesce({{ date_var('as_of_date') }}, max(order_date)) end as as_of_date
    from purchases
)

select
    first_purchase_date,
    as_of_date,
    {{ local_midnight('(as_of_date + interval 1 day)') }} as cut_off_at
from dates
