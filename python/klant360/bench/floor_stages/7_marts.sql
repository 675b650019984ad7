create table marts.customer_segments as
from history where snapshot_date = (select max(snapshot_date) from history);
create table marts.segment_transitions as
select b.snapshot_date, coalesce(a.segment_code, '(new)') as from_segment, b.segment_code as to_segment,
    count(*) as customers
from history as b
left join history as a
    on b.customer_id = a.customer_id and a.snapshot_date = last_day(b.snapshot_date - interval 1 month)
group by all;
create table marts.cohort_retention as
with firsts as (
    select customer_id, min(order_date) as first_date from marts.orders where is_purchase group by 1
),
months as (
    select
        date_trunc('month', first_date) as cohort_month,
        greatest(date_diff('month', first_date, order_month), 0) as k,
        p.purchases, p.net_amount
    from intermediate.int_orders__customer_months as p
    inner join firsts as f on p.customer_id = f.customer_id
)
select cohort_month, k, count(*) filter (where purchases > 0) as active_customers, sum(net_amount) as net_revenue
from months group by all;
create table restricted.customer_contact_details as
select
    i.customer_id,
    arg_min(struct_pack(first_name, last_name), k) filter (where last_name is not null) as name,
    arg_min(email, k) filter (where mail is not null) as email,
    arg_min(phone, k) filter (where tel is not null) as phone,
    arg_min(struct_pack(street, house_number, postal_code, city), k) filter (where postal_code is not null) as address,
    arg_min(country_code, k) filter (where country_code is not null) as country_code,
    arg_min(birth_date, k) filter (where birth_date is not null) as birth_date,
    arg_min(gender, k) filter (where gender is not null) as gender,
    bool_or(entity = 'customer') as is_in_crm,
    bool_or(entity in ('account', 'guest')) as is_in_webshop,
    bool_or(entity = 'contact') as is_in_service_desk
from (
    select *, case entity when 'customer' then 1 when 'account' then 2 when 'contact' then 3 else 4 end * 1e9 + number as k
    from people
) as p
inner join ids as i on p.person = i.person
group by 1;
create table marts.customer_360 as
with bought as (
    select customer_id, min(order_date) filter (where is_purchase) as first_order_date,
        max(order_date) filter (where is_purchase) as last_order_date, count(*) filter (where is_purchase) as orders,
        max(ordered_at) filter (where is_purchase) as last_ordered_at,
        sum(net_amount) as revenue, mode(sales_channel) as preferred_sales_channel
    from marts.orders where is_purchase or is_credit_note group by 1
),
mails as (
    select mail, min(person) as person from people where mail is not null group by mail
    having count(distinct person) = 1
),
visits as (
    select coalesce(a.person, m.person) as person, max(started_at) as last_session_at,
        arg_min(traffic_channel, started_at) filter (where traffic_channel is not null) as channel
    from sessions as s
    left join (select id, person from people where entity = 'account') as a on s.account_id = a.id
    left join mails as m on case when s.account_id is null then s.email end = m.mail
    group by 1
),
asked as (
    select p.person, count(*) as tickets, max(t.created_at) as last_ticket_at
    from tickets as t inner join people as p on t.contact_id = p.id and p.entity = 'contact' group by 1
),
answered as (
    select p.person, arg_max(score, responded_at) filter (where survey_type = 'nps') as latest_nps,
        max(responded_at) as last_answer_at
    from answers as t inner join people as p on t.contact_id = p.id and p.entity = 'contact' group by 1
),
clicked as (
    select p.person, max(clicked_at) as last_click_at, max(unsubscribed_at) as unsubscribed_at
    from campaign_contacts as t inner join people as p on t.customer_number = p.id and p.entity = 'customer' group by 1
),
consented as (
    select p.person, bool_or(c.marketing_consent) as has_consent
    from crm_customers as c inner join people as p on c.customer_number = p.id and p.entity = 'customer' group by 1
)
select
    i.customer_id, d.is_in_crm, d.is_in_webshop, d.is_in_service_desk, b.* exclude (customer_id),
    s.* exclude (customer_id), d.country_code, substr(d.address.postal_code, 1, 2) as postal_area,
    date_diff('year', try_cast(d.birth_date as date), date '2025-12-31') as age, d.gender, v.channel,
    c.has_consent and k.unsubscribed_at is null as has_marketing_consent,
    coalesce(a.tickets, 0) as ticket_count, a.last_ticket_at, n.latest_nps,
    greatest(b.last_ordered_at::timestamptz, v.last_session_at, k.last_click_at, a.last_ticket_at, n.last_answer_at)
        as last_seen_at
from ids as i
inner join restricted.customer_contact_details as d on i.customer_id = d.customer_id
left join bought as b on i.customer_id = b.customer_id
left join marts.customer_segments as s on i.customer_id = s.customer_id
left join visits as v on i.person = v.person
left join asked as a on i.person = a.person
left join answered as n on i.person = n.person
left join clicked as k on i.person = k.person
left join consented as c on i.person = c.person;
