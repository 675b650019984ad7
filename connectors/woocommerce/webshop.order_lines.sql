-- One row per item. Of an order that several files have, the items of the latest count; one that was cut between two
-- files is the last of the one and the first of the other, and its items are numbered on.
with numbered_rows as (
    select
        *,
        case
            -- after a malformed line, nothing says whose a row without a number is
            when _is_damaged then "Order Number"
            else last_value("Order Number" ignore nulls) over (partition by _part order by _row)
        end as order_number
    from orders
),

latest_parts as (
    select
        order_number,
        max(_part) as _part
    from numbered_rows
    group by order_number
),

ends_of_files as (
    select
        _part,
        min_by(order_number, _row) as first_number,
        max_by(order_number, _row) as last_number
    from numbered_rows
    group by _part
)

select
    numbered_rows.order_number as order_id,
    coalesce(
        numbered_rows."Item #",
        row_number() over (
            partition by numbered_rows.order_number, numbered_rows._part order by numbered_rows._row
        ) || ''
    ) as line_number,
    coalesce(numbered_rows."SKU", numbered_rows."Item Name", numbered_rows."Name") as product_id,
    numbered_rows."Quantity" as quantity,
    numbered_rows."Item Cost" as unit_price,
    numbered_rows."Order Line Total" as line_amount,
    numbered_rows._file,
    numbered_rows._part
from numbered_rows
left join latest_parts on numbered_rows.order_number = latest_parts.order_number
left join ends_of_files on numbered_rows._part = ends_of_files._part
left join ends_of_files as latest_ends on latest_parts._part = latest_ends._part
where
    coalesce(numbered_rows."SKU", numbered_rows."Item Name", numbered_rows."Name") is not null -- fees are no items
    and (
        numbered_rows.order_number is null
        or numbered_rows._part = latest_parts._part
        or (
            ends_of_files.last_number = numbered_rows.order_number
            and latest_ends.first_number = numbered_rows.order_number
        )
    )
