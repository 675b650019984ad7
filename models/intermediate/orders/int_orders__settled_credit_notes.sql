with orders as {{ inlined() }} (
    select * from {{ ref('stg_webshop__orders') }}
),

statuses as (
    select * from {{ ref('int_orders__statuses') }}
),

-- of millions of orders the few that can be either side: what follows reads no others
candidates as (
    select
        orders.order_id,
        orders.parent_order_id,
        orders.ordered_at,
        orders.total_amount,
        abs(orders.total_amount) as amount,
        coalesce(orders.currency_code, upper('{{ var("base_currency") }}')) as currency_code,
        orders.account_id,
        case when orders.account_id is null then lower({{ trimmed('orders.email') }}) end as guest_email,
        orders.refunded_amount,
        orders.is_cancelled or not coalesce(statuses.counts, true) as is_excluded
    from orders
    left join statuses on orders.status = statuses.status
    where
        orders.total_amount < 0
        or orders.is_cancelled
        or not coalesce(statuses.counts, true)
        or orders.refunded_amount > 0
),

credit_notes as (
    select * from candidates
    where
        total_amount < 0
        and not is_excluded
),

existing_parents as (
    select order_id
    from orders
    where order_id in (select credit_notes.parent_order_id from credit_notes)
),

-- a parent that is no candidate is neither excluded nor refunded
notes_with_parents as (
    select
        credit_notes.*,
        existing_parents.order_id is not null as has_parent,
        coalesce(parents.is_excluded or parents.refunded_amount >= credit_notes.amount, false) as is_settled_by_parent
    from credit_notes
    left join existing_parents on credit_notes.parent_order_id = existing_parents.order_id
    left join candidates as parents on credit_notes.parent_order_id = parents.order_id
),

undone_orders as (
    select * from candidates
    where
        total_amount > 0
        and (is_excluded or refunded_amount = total_amount)
),

sides as (
    select
        'order' as side,
        order_id,
        ordered_at,
        amount,
        currency_code,
        account_id,
        guest_email
    from undone_orders
    union all
    select
        'note' as side,
        order_id,
        ordered_at,
        amount,
        currency_code,
        account_id,
        guest_email
    from notes_with_parents
    where not has_parent
),

numbered_sides as (
    select
        *,
        row_number() over (
            partition by side, account_id, guest_email, currency_code, amount
            order by ordered_at, order_id
        ) as number_of_its_kind
    from sides
    where
        account_id is not null
        or guest_email is not null
),

-- the first order of a buyer, currency and amount with the first credit note, the second with the second, and so on
pairs as (
    select
        max(case when side = 'note' then order_id end) as order_id,
        max(case when side = 'order' then order_id end) as settled_order_id,
        max(case when side = 'order' then ordered_at end) <= max(case when side = 'note' then ordered_at end)
            as is_order_first
    from numbered_sides
    group by account_id, guest_email, currency_code, amount, number_of_its_kind
    having count(*) = 2
),

settled_notes as (
    select
        order_id,
        parent_order_id as settled_order_id,
        'parent' as settled_by
    from notes_with_parents
    where is_settled_by_parent
    union all
    select
        order_id,
        settled_order_id,
        'pair' as settled_by
    from pairs
    where is_order_first
)

select
    order_id,
    settled_order_id,
    settled_by
from settled_notes
