with handed_in as (
    select * from {{ ref('base_webshop__products') }}
)

select
    product_id,
    product_name,
    category,
    unit_cost,
    is_in_stock
from handed_in
where reject_reason is null
