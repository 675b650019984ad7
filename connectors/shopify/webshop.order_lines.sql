-- One row per line item. Of an order that several files have, the lines of its latest version count. An order that was
-- cut between two files is the last of the one and the first of the other, where its rows have nothing of the order.
with named_rows as (
    select
        *,
        coalesce("Name", "Id") as order_name,
        coalesce("Total", "Created at", "Financial Status", "Id") is not null as is_head
    from orders
),

orders_of_files as (
    select
        order_name,
        _part,
        min("Id") as id,
        coalesce(min("Id") <> max("Id"), false) as has_several_ids
    from named_rows
    where is_head
    group by order_name, _part
),

ids_of_names as (
    select
        order_name,
        min(id) as id
    from orders_of_files
    group by order_name
    having min(id) = max(id) and not bool_or(has_several_ids)
),

keyed_orders as (
    select
        orders_of_files.order_name,
        orders_of_files._part,
        case
            when orders_of_files.has_several_ids then orders_of_files.order_name
            else coalesce(orders_of_files.id, ids_of_names.id, orders_of_files.order_name)
        end as order_id
    from orders_of_files
    left join ids_of_names on orders_of_files.order_name = ids_of_names.order_name
),

latest_parts as (
    select
        order_id,
        max(_part) as _part
    from keyed_orders
    group by order_id
),

versions as (
    select
        keyed_orders.*,
        keyed_orders._part = latest_parts._part as is_latest
    from keyed_orders
    inner join latest_parts on keyed_orders.order_id = latest_parts.order_id
),

ends_of_files as (
    select
        _part,
        min(_row) as first_row,
        max(_row) as last_row
    from named_rows
    group by _part
),

-- the orders that end a file, in their latest version
versions_at_an_end as (
    select
        versions.order_name,
        max(versions.order_id) as order_id
    from ends_of_files
    inner join named_rows on ends_of_files.last_row = named_rows._row
    inner join versions
        on
            named_rows.order_name = versions.order_name
            and named_rows._part = versions._part
    where versions.is_latest
    group by versions.order_name
),

-- what a file begins with, if that continues one of them
continuations as (
    select
        named_rows.order_name,
        named_rows._part,
        versions_at_an_end.order_id
    from ends_of_files
    inner join named_rows on ends_of_files.first_row = named_rows._row
    inner join versions_at_an_end on named_rows.order_name = versions_at_an_end.order_name
),

lines as (
    select
        named_rows._row,
        named_rows._file,
        named_rows._part,
        -- null for lines whose order cannot be told, which are rejected
        coalesce(versions.order_id, continuations.order_id) as order_id,
        -- gifts and tips have no article number
        coalesce(named_rows."Lineitem sku", named_rows."Lineitem name") as product_id,
        named_rows."Lineitem quantity" as quantity,
        named_rows."Lineitem price" as unit_price
    from named_rows
    left join versions
        on
            named_rows.order_name = versions.order_name
            and named_rows._part = versions._part
    left join continuations
        on
            named_rows.order_name = continuations.order_name
            and named_rows._part = continuations._part
    where versions.order_id is null or versions.is_latest
)

select
    order_id,
    row_number() over (partition by order_id order by _row) as line_number,
    product_id,
    quantity,
    unit_price,
    _file,
    _part
from lines
