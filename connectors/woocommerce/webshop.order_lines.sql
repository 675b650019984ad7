-- One row per item. Items are numbered within their order: of one that several files have, the later counts.
with numbered_rows as (
    select
        *,
        last_value("Order Number" ignore nulls) over (partition by _part order by _row) as order_number
    from orders
)

select
    order_number as order_id,
    coalesce("Item #", row_number() over (partition by order_number, _part order by _row) || '') as line_number,
    coalesce("SKU", "Item Name", "Name") as product_id,
    "Quantity" as quantity,
    "Item Cost" as unit_price,
    "Order Line Total" as line_amount,
    _file,
    _part
from numbered_rows
where coalesce("SKU", "Item Name", "Name") is not null -- an order of fees only has no item
