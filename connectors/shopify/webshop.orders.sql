-- One row per order and file. What belongs to an order stands on its first row, or on each of its rows; rows without any
-- of it are more lines of an order. A file that has an order again has a later version of it: the later file counts.
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
        min("Id") as id,
        min("Created at") as created_at,
        min("Total") as total,
        min("Email") as email,
        min("Phone") as phone,
        min("Billing Phone") as billing_phone,
        min("Financial Status") as financial_status,
        min("Source") as source,
        min("Currency") as currency,
        min("Discount Amount") as discount_amount,
        min("Shipping") as shipping,
        min("Refunded Amount") as refunded_amount,
        min("Paid at") as paid_at,
        min("Next Payment Due At") as next_payment_due_at,
        min("Cancelled at") as cancelled_at,
        count(*) as heads,
        min("Id") <> max("Id") as has_several_ids,
        concat_ws(
            ', ',
            case when min("Id") <> max("Id") then 'Id' end,
            case when min("Created at") <> max("Created at") then 'Created at' end,
            case when min("Total") <> max("Total") then 'Total (' || min("Total") || ' or ' || max("Total") || ')' end,
            case when min(lower(trim("Email"))) <> max(lower(trim("Email"))) then 'Email' end,
            case when min("Phone") <> max("Phone") then 'Phone' end,
            case when min("Billing Phone") <> max("Billing Phone") then 'Billing Phone' end,
            case when min("Financial Status") <> max("Financial Status") then 'Financial Status' end,
            case when min("Source") <> max("Source") then 'Source' end,
            case when min("Currency") <> max("Currency") then 'Currency' end,
            case when min("Discount Amount") <> max("Discount Amount") then 'Discount Amount' end,
            case when min("Shipping") <> max("Shipping") then 'Shipping' end,
            case when min("Refunded Amount") <> max("Refunded Amount") then 'Refunded Amount' end,
            case when min("Paid at") <> max("Paid at") then 'Paid at' end,
            case when min("Next Payment Due At") <> max("Next Payment Due At") then 'Next Payment Due At' end,
            case when min("Cancelled at") <> max("Cancelled at") then 'Cancelled at' end
        ) as contradictions,
        max(_file) as _file,
        _part
    from named_rows
    where is_head
    group by order_name, _part
),

-- on each of its rows, or on the first: then a second one is the order again
repeated_orders as (
    select
        orders_of_files.order_name,
        orders_of_files._part,
        count(*) as lines
    from orders_of_files
    inner join named_rows
        on
            orders_of_files.order_name = named_rows.order_name
            and orders_of_files._part = named_rows._part
    where orders_of_files.heads > 1
    group by orders_of_files.order_name, orders_of_files._part
),

-- an export of years ago has no Id: if all others agree on the Id of the name, that is it
ids_of_names as (
    select
        order_name,
        min(id) as id
    from orders_of_files
    group by order_name
    having min(id) = max(id) and not bool_or(coalesce(has_several_ids, false))
)

select
    case
        when orders_of_files.has_several_ids then orders_of_files.order_name
        else coalesce(orders_of_files.id, ids_of_names.id, orders_of_files.order_name)
    end as order_id,
    orders_of_files.created_at as ordered_at,
    -- a text that is no amount, so that the row is rejected
    case
        when orders_of_files.contradictions <> '' then 'more than one ' || orders_of_files.contradictions
        when orders_of_files.heads < repeated_orders.lines then 'more than one first row'
        else orders_of_files.total
    end as total_amount,
    orders_of_files.email,
    coalesce(orders_of_files.phone, orders_of_files.billing_phone) as phone,
    orders_of_files.financial_status as status,
    case lower(orders_of_files.source) when 'pos' then 'store' else orders_of_files.source end as sales_channel,
    orders_of_files.currency as currency_code,
    orders_of_files.discount_amount,
    orders_of_files.shipping as shipping_amount,
    orders_of_files.refunded_amount,
    orders_of_files.paid_at,
    orders_of_files.next_payment_due_at as due_at,
    orders_of_files.cancelled_at,
    orders_of_files._file,
    orders_of_files._part
from orders_of_files
left join repeated_orders
    on
        orders_of_files.order_name = repeated_orders.order_name
        and orders_of_files._part = repeated_orders._part
left join ids_of_names on orders_of_files.order_name = ids_of_names.order_name
