with rejected_orders as (
    select
        reject_reason as outcome,
        net_amount
    from {{ ref('base_webshop__orders') }}
    where reject_reason is not null
),

malformed_orders as (
    select
        'malformed_row' as outcome,
        cast(null as decimal(18, 4)) as net_amount
    from {{ ref('stg_delivery__malformed_rows') }}
    where source_table = 'webshop.orders'
),

accepted_orders as (
    select
        outcome,
        net_amount
    from {{ ref('int_orders__classified') }}
),

all_orders as (
    select * from rejected_orders
    union all
    select * from malformed_orders
    union all
    select * from accepted_orders
)

select
    outcome,
    count(*) as orders,
    coalesce(try_cast(sum(net_amount) as decimal(18, 4)), 0) as amount
from all_orders
group by outcome
