-- What belongs to an order stands on its first row, or on each of its rows. A file that has an order again has a later
-- version of it.
with numbered_rows as (
    select
        *,
        -- without the setting that repeats columns, later rows do not have the number either; after a malformed line,
        -- nothing says whose such a row is
        case
            when _is_damaged then "Order Number"
            else last_value("Order Number" ignore nulls) over (partition by _part order by _row)
        end as order_number
    from orders
),

orders_of_files as (
    select
        order_number,
        min("Order Date") as order_date,
        min("Order Total Amount") as total,
        min("Customer User ID") as customer_user_id,
        min("Email (Billing)") as email,
        min("Phone (Billing)") as phone,
        min("Order Status") as order_status,
        min("Order Currency") as currency,
        min("Cart Discount Amount") as cart_discount,
        min("Order Shipping Amount") as shipping,
        min("Order Refund Amount") as refund,
        min("Paid Date") as paid_date,
        concat_ws(
            ', ',
            case when min("Order Date") <> max("Order Date") then 'Order Date' end,
            case
                when min("Order Total Amount") <> max("Order Total Amount")
                    then 'Order Total Amount (' || min("Order Total Amount") || ' or ' || max("Order Total Amount") || ')'
            end,
            case when min("Customer User ID") <> max("Customer User ID") then 'Customer User ID' end,
            case when min(lower(trim("Email (Billing)"))) <> max(lower(trim("Email (Billing)"))) then 'Email (Billing)' end,
            case when min("Phone (Billing)") <> max("Phone (Billing)") then 'Phone (Billing)' end,
            case when min("Order Status") <> max("Order Status") then 'Order Status' end,
            case when min("Order Currency") <> max("Order Currency") then 'Order Currency' end,
            case when min("Cart Discount Amount") <> max("Cart Discount Amount") then 'Cart Discount Amount' end,
            case when min("Order Shipping Amount") <> max("Order Shipping Amount") then 'Order Shipping Amount' end,
            case when min("Order Refund Amount") <> max("Order Refund Amount") then 'Order Refund Amount' end,
            case when min("Paid Date") <> max("Paid Date") then 'Paid Date' end
        ) as contradictions,
        max(_file) as _file,
        _part
    from numbered_rows
    where coalesce("Order Date", "Order Total Amount", "Order Status", "Email (Billing)") is not null
    group by order_number, _part
)

select
    order_number as order_id,
    order_date as ordered_at,
    -- a text that is no amount, so that the row is rejected
    case when contradictions = '' then total else 'more than one ' || contradictions end as total_amount,
    customer_user_id as account_id,
    email,
    phone,
    order_status as status,
    currency as currency_code,
    cart_discount as discount_amount,
    shipping as shipping_amount,
    refund as refunded_amount,
    paid_date as paid_at,
    _file,
    _part
from orders_of_files
