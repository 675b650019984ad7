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
