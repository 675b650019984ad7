with handed_in as (
    select * from {{ ref('base_webshop__accounts') }}
    where reject_reason is null
),

named_by_orders as (
    select
        account_id,
        min(ordered_at) as first_ordered_at
    from {{ ref('stg_webshop__orders') }}
    where account_id is not null
    group by account_id
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
from handed_in
union all
select
    named_by_orders.account_id,
    null as email,
    null as phone,
    null as first_name,
    null as last_name,
    null as postal_code,
    null as house_number,
    null as country_code,
    null as customer_number,
    null as acquisition_channel,
    named_by_orders.first_ordered_at as created_at,
    null as updated_at,
    true as is_implied
from named_by_orders
left join handed_in on named_by_orders.account_id = handed_in.account_id
where handed_in.account_id is null
