-- One row per line item. Of an order that several files have, the lines of its latest version count. An order that was
-- cut between two files is the last of the one and the first of the other, where its rows have nothing of the order.
with named_rows as (
    select
        *,
        coalesce("Name", "Id") as order_name
    from orders
),

orders_of_files as (
    select
        order_name,
        _part,
        min("Id") as id,
        coalesce(min("Id") <> max("Id"), false) as has_several_ids,
        count(coalesce("Total", "Created at", "Financial Status", "Id")) > 0 as has_head
    from named_rows
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

versions as (
    select
        orders_of_files.order_name,
        orders_of_files._part,
        case
            when orders_of_files.has_several_ids then orders_of_files.order_name
            else coalesce(orders_of_files.id, ids_of_names.id, orders_of_files.order_name)
        end as order_id
    from orders_of_files
    left join ids_of_names on orders_of_files.order_name = ids_of_names.order_name
    where orders_of_files.has_head
),

latest_versions as (
    select
        order_id,
        max(_part) as _part,
        max_by(order_name, _part) as order_name
    from versions
    group by order_id
),

ends_of_files as (
    select
        _part,
        min_by(order_name, _row) as first_name,
        max_by(order_name, _row) as last_name
    from named_rows
    group by _part
),

-- the orders that end a file, in their latest version
versions_at_an_end as (
    select
        latest_versions.order_name,
        max(latest_versions.order_id) as order_id
    from latest_versions
    inner join ends_of_files
        on
            latest_versions._part = ends_of_files._part
            and latest_versions.order_name = ends_of_files.last_name
    group by latest_versions.order_name
),

-- the few parts of orders without a first row, and the order that they continue; null where none does
continuations as (
    select
        orders_of_files.order_name,
        orders_of_files._part,
        versions_at_an_end.order_id
    from orders_of_files
    inner join ends_of_files on orders_of_files._part = ends_of_files._part
    left join versions_at_an_end
        on
            orders_of_files.order_name = versions_at_an_end.order_name
            and orders_of_files.order_name = ends_of_files.first_name
    where not orders_of_files.has_head
),

parts_that_count as (
    select
        order_name,
        _part,
        order_id
    from latest_versions
    union all
    select
        order_name,
        _part,
        order_id
    from continuations
)

select
    parts_that_count.order_id,
    row_number() over (partition by parts_that_count.order_id order by named_rows._row) as line_number,
    -- gifts and tips have no article number
    coalesce(named_rows."Lineitem sku", named_rows."Lineitem name") as product_id,
    named_rows."Lineitem quantity" as quantity,
    named_rows."Lineitem price" as unit_price,
    named_rows._file,
    named_rows._part
from named_rows
inner join parts_that_count
    on
        named_rows.order_name is not distinct from parts_that_count.order_name
        and named_rows._part = parts_that_count._part
