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
