with handed_in as (
    select * from {{ ref('base_webshop__order_lines') }}
)

select
    order_id,
    line_number,
    product_id,
    quantity,
    unit_price,
    line_amount,
    returned_quantity
from handed_in
where reject_reason is null
