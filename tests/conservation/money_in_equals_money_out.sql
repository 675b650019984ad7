-- purchases and credit notes up to as_of_date add up to the same amount in every mart
with amounts as (
    select
        'orders' as told_by,
        sum(net_amount) as amount
    from {{ ref('orders') }}
    where
        is_purchase
        or is_credit_note
    union all
    select
        'customer_360' as told_by,
        sum(lifetime_net_revenue) as amount
    from {{ ref('customer_360') }}
)

select
    min(amount) as least,
    max(amount) as greatest
from amounts
having min(coalesce(amount, 0)) <> max(coalesce(amount, 0))
