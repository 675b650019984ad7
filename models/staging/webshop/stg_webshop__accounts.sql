with accepted as (
    select * from {{ ref('base_webshop__accounts') }}
    where reject_reason is null
),

-- few accounts have no row of their own: filtering before grouping keeps this cheap
implied as (
    select
        orders.account_id,
        min(orders.ordered_at) as first_ordered_at
    from {{ ref('stg_webshop__orders') }} as orders
    left join accepted on orders.account_id = accepted.account_id
    where
        orders.account_id is not null
        and accepted.account_id is null
    group by orders.account_id
)

select
    account_id,
    email,
    phone,
    first_name,
    last_name,
    postal_code,
    house_number,
    country_code,
    customer_number,
    acquisition_channel,
    created_at,
    updated_at,
    false as is_implied
from accepted
union all
select
    account_id,
    null as email,
    null as phone,
    null as first_name,
    null as last_name,
    null as postal_code,
    null as house_number,
    null as country_code,
    null as customer_number,
    null as acquisition_channel,
    first_ordered_at as created_at,
    null as updated_at,
    true as is_implied
from implied
