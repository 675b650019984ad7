-- What belongs to an order stands on its first row, or on each of its rows. A file that has an order again has a later
-- version of it; a file that has only more of its lines says nothing about the order itself.
with orders_of_files as (
    select
        "Name",
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
        concat_ws(
            ', ',
            case when min("Id") <> max("Id") then 'Id' end,
            case when min("Created at") <> max("Created at") then 'Created at' end,
            case
                when min("Total") <> max("Total")
                    then 'Total (' || min("Total") || ' or ' || max("Total") || ')'
            end,
            case when min("Email") <> max("Email") then 'Email' end,
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
    from orders
    where coalesce("Total", "Created at", "Financial Status", "Id") is not null
    group by "Name", _part
)

select
    coalesce(max(id) over (partition by "Name"), "Name") as order_id,
    created_at as ordered_at,
    -- a text that is no amount, so that the row is rejected
    case when contradictions = '' then total else 'more than one ' || contradictions end as total_amount,
    email,
    coalesce(phone, billing_phone) as phone,
    financial_status as status,
    case lower(source) when 'pos' then 'store' else source end as sales_channel,
    currency as currency_code,
    discount_amount,
    shipping as shipping_amount,
    refunded_amount,
    paid_at,
    next_payment_due_at as due_at,
    cancelled_at,
    _file,
    _part
from orders_of_files
