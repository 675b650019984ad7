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
