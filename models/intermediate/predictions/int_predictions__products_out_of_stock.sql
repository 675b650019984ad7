with products as (
    select * from {{ ref('stg_webshop__products') }}
)

select product_id
from products
where not is_in_stock
