-- One row per line item. Of an order that several files have, the lines of its latest version count, and those that
-- later files add to it.
with versions as (
    select
        "Name",
        max("Id") as id,
        max(case when coalesce("Total", "Created at", "Financial Status", "Id") is not null then _part end) as part
    from orders
    group by "Name"
)

select
    coalesce(versions.id, orders."Name") as order_id,
    row_number() over (partition by orders."Name" order by orders._row) as line_number,
    -- gifts and tips have no article number
    coalesce(orders."Lineitem sku", orders."Lineitem name") as product_id,
    orders."Lineitem quantity" as quantity,
    orders."Lineitem price" as unit_price,
    orders._file,
    orders._part
from orders
left join versions on orders."Name" = versions."Name"
where orders._part >= coalesce(versions.part, orders._part)
