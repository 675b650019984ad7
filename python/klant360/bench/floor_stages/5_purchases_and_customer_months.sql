create temp table people as
select
    r.*,
    coalesce(c.component, r.number) as person
from records as r
left join components as c on r.number = c.node;
create temp table ids as
select p.number as person, md5('bench' || p.entity || '/' || p.id) as customer_id
from people as p
where p.number = p.person;
create table restricted.customer_identities as
select p.entity, p.id, i.customer_id from people as p inner join ids as i on p.person = i.person;
create table marts.orders as
with owners as (
    select id as account_id, customer_id from restricted.customer_identities where entity = 'account'
),
guests as (
    select id as order_id, customer_id from restricted.customer_identities where entity = 'guest'
),
-- a credit note whose order is excluded or has the refund itself; those that name no order are not paired here
settled as (
    select n.order_id
    from judged_orders as n
    inner join judged_orders as p on n.parent_order_id = p.order_id
    left join excluded as e on status_key(p.status) = e.status
    where n.total_amount < 0 and n.reject_reason is null and p.reject_reason is null
        and (e.status is not null or p.cancelled_at is not null or p.refunded_amount >= -n.total_amount)
),
owned as (
    select
        o.order_id,
        coalesce(w.customer_id, g.customer_id) as customer_id,
        o.moment as ordered_at,
        o.order_date,
        o.net_amount,
        e.status is null and o.cancelled_at is null and o.total_amount > 0 and o.net_amount > 0 as is_purchase,
        e.status is null and o.cancelled_at is null and s.order_id is null and o.total_amount < 0 as is_credit_note,
        o.status,
        lower(o.sales_channel) as sales_channel
    from judged_orders as o
    left join owners as w on o.account_id = w.account_id
    left join guests as g on case when o.account_id is null then o.order_id end = g.order_id
    left join excluded as e on status_key(o.status) = e.status
    left join settled as s on o.order_id = s.order_id
    where o.reject_reason is null
)
select
    *,
    case when is_purchase
        then row_number() over (partition by customer_id, is_purchase order by ordered_at, order_id)
    end as order_number
from owned;
create schema intermediate;
create table intermediate.int_orders__customer_months as
select
    customer_id,
    cast(date_trunc('month', order_date) as date) as order_month,
    count(*) filter (where is_purchase) as purchases,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount,
    max(order_date) filter (where is_purchase) as last_purchase_date
from marts.orders
where is_purchase or is_credit_note
group by customer_id, order_month
order by hash(customer_id);
create table intermediate.int_calendar__snapshot_dates as
select
    last_day(m) as snapshot_date,
    cast(date_trunc('month', m) - interval 23 month as date) as window_start_date
from (
    select unnest(generate_series(
        (select date_trunc('month', min(order_date)) from marts.orders where is_purchase)::timestamp,
        (select max(order_date) from marts.orders where is_purchase)::timestamp,
        interval 1 month
    )) as m
);
create table intermediate.int_rfm__segment_cells as
with mapping as (
    from read_csv('{seeds}/segment_mapping.csv')
),
scores as (
    select unnest([1, 2, 3, 4, 5]) as score
)
select r.score as r_score, f.score as f_score, m.score as m_score, one.is_one_order_only,
    min_by(segment_code, priority) as segment_code
from scores as r, scores as f, scores as m, (select unnest([true, false]) as is_one_order_only) as one, mapping
where r.score between r_min and r_max and f.score between f_min and f_max and m.score between m_min and m_max
    and (one_order_only is null or not one_order_only or is_one_order_only)
group by all;
