-- The floor of the benchmark: from the files to the marts by hand, in the fewest scans. What it leaves out stands
-- in floor.py. Statements are parted by lines that begin with two dashes; `-- stage:` begins a stage.

-- stage: orders typed and rejected
create macro at_utc(x) as try_cast(replace(x, 'Z', '') as timestamp);
create macro mail(x) as
    case when regexp_full_match(lower(x), '[^@ ,:;<>.][^@ ,:;<>]*@[^@ ,:;<>.]+([.][^@ ,:;<>.]+)+') then lower(x) end;
create macro digits(x) as regexp_replace(x, '[^0-9+]+', '', 'g');
create macro tel(x) as case
    when digits(x) like '+%' then digits(x)
    when digits(x) like '00%' then '+' || substr(digits(x), 3)
    when digits(x) like '0%' and length(digits(x)) >= 9 then '+31' || substr(digits(x), 2)
end;
create macro folded(x) as regexp_replace(lower(strip_accents(x)), '[^a-z]+', '', 'g');
create temp table rates as
select month, from_currency, rate from read_csv('{seeds}/exchange_rates.csv', types = {{'rate': 'decimal(18, 8)'}})
where to_currency = 'EUR';
create macro status_key(x) as
    regexp_replace(translate(lower(strip_accents(trim(x))), ' _', '--'), '^wc-', '');
create temp table excluded as select status from read_csv('{seeds}/known_order_statuses.csv') where not counts;
create temp table judged_orders as
with read_orders as (
    select
        *,
        at_utc(ordered_at) as moment,
        cast(timezone('Europe/Amsterdam', timezone('UTC', at_utc(ordered_at))) as date) as order_date,
        upper(currency_code) as currency
    from (
        select * replace (
            case
                when total_amount < 0 then refunded_amount
                when abs(refunded_amount) > total_amount then total_amount
                else abs(refunded_amount)
            end as refunded_amount
        )
        from read_parquet('{sources}/webshop/orders.parquet')
    )
),
judged as (
    select
        o.* exclude (ordered_at, status),
        lower(status) as status,
        case
            when coalesce(currency, 'EUR') = 'EUR' then total_amount - coalesce(refunded_amount, 0)
            else round(cast(total_amount - coalesce(refunded_amount, 0) as double) * rate, 4)
        end::decimal(18, 4) as net_amount,
        case
            when order_id is null or ordered_at is null or total_amount is null then 'missing_required'
            when moment is null then 'unreadable_value'
            when moment < timestamp '1990-01-01' or moment > timestamp '2030-01-01' or abs(total_amount) >= 1e9
                or (refunded_amount <> 0 and total_amount < 0) then 'impossible_value'
            when account_id is null and mail(email) is null and tel(phone) is null then 'no_customer'
            when coalesce(currency, 'EUR') <> 'EUR' and rate is null then 'no_exchange_rate'
        end as reason
    from read_orders as o
    left join rates on currency = from_currency and date_trunc('month', order_date) = month
),
repeated as (
    select order_id from judged where reason is null group by order_id having count(*) > 1
),
last_ones as (
    select order_id, max(struct_pack(u := coalesce(updated_at, timestamptz '1900-01-01'), j := judged)) as last
    from judged
    where reason is null and order_id in (from repeated)
    group by order_id
)
select
    judged.*,
    case when reason is null and last_ones.order_id is not null
        and last is distinct from struct_pack(u := coalesce(updated_at, timestamptz '1900-01-01'), j := judged)
        then 'duplicate_key' else reason
    end as reject_reason
from judged
left join last_ones on case when judged.reason is null then judged.order_id end = last_ones.order_id;
create schema restricted;
create schema marts;
create table restricted.rejected_rows as
select 'webshop.orders' as source_table, order_id as source_row_key, reject_reason as reason, to_json(o) as raw_row
from judged_orders as o
where reject_reason is not null;

-- stage: other tables typed and rejected
create temp table crm_customers as
select * exclude (n) from (
    select *, row_number() over (partition by customer_number order by updated_at desc nulls last) as n
    from read_parquet('{sources}/crm/customers.parquet') where customer_number is not null
) where n = 1;
create temp table accounts as
select * exclude (n) from (
    select *, row_number() over (partition by account_id order by updated_at desc nulls last) as n
    from read_parquet('{sources}/webshop/accounts.parquet') where account_id is not null
) where n = 1;
create temp table contacts as
select * exclude (n) from (
    select *, row_number() over (partition by contact_id order by updated_at desc nulls last) as n
    from read_parquet('{sources}/service_desk/contacts.parquet') where contact_id is not null
) where n = 1;
insert into restricted.rejected_rows
with judged as (
    select
        l.*,
        case
            when l.order_id is null or line_number is null or product_id is null or quantity is null
                then 'missing_required'
            when quantity = 0 or abs(quantity) >= 1e9 then 'impossible_value'
            when o.order_id is null then 'unknown_reference'
        end as reason
    from read_parquet('{sources}/webshop/order_lines.parquet') as l
    left join (select order_id from judged_orders where reject_reason is null) as o on l.order_id = o.order_id
),
repeated as (
    select order_id, line_number, count(*) - 1 as doubles
    from judged where reason is null group by all having count(*) > 1
)
select 'webshop.order_lines', order_id || '|' || line_number, reason, to_json(j)
from judged as j where reason is not null
union all
select 'webshop.order_lines', order_id || '|' || line_number, 'duplicate_key', null
from repeated cross join range(doubles);
create temp table judged_sessions as
select
    session_id, try_cast(started_at as timestamptz) as started_at, account_id, mail(email) as email,
    lower(traffic_channel) as traffic_channel,
    case when session_id is null or started_at is null then 'missing_required'
        when try_cast(started_at as timestamptz) is null then 'unreadable_value'
    end as reason
from read_parquet('{sources}/webshop/sessions.parquet');
create temp table repeated_sessions as
select session_id, max(started_at) as started_at, count(*) - 1 as doubles
from judged_sessions where reason is null group by 1 having count(*) > 1;
insert into restricted.rejected_rows
select 'webshop.sessions', session_id, reason, to_json(j) from judged_sessions as j where reason is not null
union all
select 'webshop.sessions', session_id, 'duplicate_key', null from repeated_sessions cross join range(doubles);
create temp table sessions as
from judged_sessions
where reason is null and (session_id, started_at) not in (
    select (j.session_id, j.started_at)
    from judged_sessions as j inner join repeated_sessions as r on j.session_id = r.session_id
    where j.started_at < r.started_at
);
create temp table tickets as
select ticket_id, contact_id, try_cast(created_at as timestamptz) as created_at
from read_parquet('{sources}/service_desk/tickets.parquet')
semi join contacts using (contact_id);
create temp table answers as
select contact_id, score, try_cast(responded_at as timestamptz) as responded_at, lower(survey_type) as survey_type
from read_parquet('{sources}/service_desk/survey_responses.parquet')
semi join contacts using (contact_id);
create temp table campaign_contacts as
select customer_number, lower(channel) as channel, try_cast(clicked_at as timestamptz) as clicked_at,
    unsubscribed_at
from read_parquet('{sources}/crm/campaign_contacts.parquet')
semi join crm_customers using (customer_number);

-- stage: source records
create temp table records as
with all_records as (
    select 'customer' as entity, customer_number as id, created_at::timestamptz as created_at, first_name, last_name,
        email, phone, birth_date, street, house_number, postal_code, city, country_code, gender, customer_number
    from crm_customers
    union all by name
    select 'account' as entity, account_id as id, created_at::timestamptz as created_at, first_name, last_name,
        email, phone, house_number, postal_code, country_code, customer_number
    from accounts
    union all by name
    select 'account' as entity, account_id as id, min(moment)::timestamptz as created_at,
        max_by(email, moment) as email, max_by(phone, moment) as phone
    from judged_orders
    anti join accounts using (account_id)
    where reject_reason is null and account_id is not null
    group by account_id
    union all by name
    select 'contact' as entity, contact_id as id, created_at::timestamptz as created_at, first_name, last_name,
        email, phone, customer_number
    from contacts
    union all by name
    select 'guest' as entity, order_id as id, moment::timestamptz as created_at, email, phone
    from judged_orders
    where reject_reason is null and account_id is null
)
select
    *,
    row_number() over (order by created_at nulls last, entity, id) as number,
    mail(email) as mail,
    tel(phone) as tel,
    folded(first_name) as given,
    folded(last_name) as surname,
    upper(replace(postal_code, ' ', '')) || ' ' || upper(replace(house_number, ' ', '')) as address
from all_records;
create temp table shared_values as
with identifiers as (
    select number, hash('m', mail) as h from records where mail is not null
    union all
    select number, hash('t', tel) as h from records where tel is not null
    union all
    select number, hash('a', address) as h from records where address is not null
    union all
    select number, hash('b', surname, birth_date) as h from records where surname is not null and birth_date is not null
)
select number, h
from identifiers
qualify count(*) over (partition by h) between 2 and 50;
create temp table edges as
select distinct least(a.number, b.number) as low, greatest(a.number, b.number) as high
from (select number, h, given, surname, birth_date from shared_values inner join records using (number)) as a
inner join (select number, h, given, surname, birth_date from shared_values inner join records using (number)) as b
    on a.h = b.h and a.number < b.number
where
    coalesce(a.given is null or b.given is null or a.given = b.given or a.given[1] = b.given
        or b.given[1] = a.given or damerau_levenshtein(a.given, b.given) <= 1, true)
    and coalesce(a.surname is null or b.surname is null or a.surname = b.surname
        or damerau_levenshtein(a.surname, b.surname) <= 1, true)
    and coalesce(a.birth_date = b.birth_date, true)
union all
select least(a.number, b.number) as low, greatest(a.number, b.number) as high
from records as a
inner join records as b on a.customer_number = b.customer_number and b.entity = 'customer' and a.entity <> 'customer';

-- stage: components
-- loop: components

-- stage: purchases and customer-months
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

-- stage: history with boundaries
-- loop: history
create table marts.rfm_score_boundaries as
select snapshot_date, 'recency_days' as metric, r_score as score, min(recency_days) as value_from,
    max(recency_days) as value_to, count(*) as customers
from history where is_in_window group by all
union all
select snapshot_date, 'frequency', f_score, min(frequency), max(frequency), count(*)
from history where is_in_window group by all
union all
select snapshot_date, 'monetary', m_score, min(monetary), max(monetary), count(*)
from history where is_in_window group by all;

-- stage: marts
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
