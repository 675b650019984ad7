with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

links as (
    select * from {{ ref('identity_links') }}
),

vetoed_links as (
    select * from {{ ref('vetoed_links') }}
),

skipped_identifiers as (
    select * from {{ ref('skipped_identifiers') }}
),

contradictory_customers as (
    select * from {{ ref('contradictory_customers') }}
),

customers as (
    select
        customer_id,
        count(*) as records
    from record_customers
    group by customer_id
)

select
    'records' as measure,
    source_system || '/' || source_entity as detail,
    count(*) as amount
from record_customers
group by
    source_system,
    source_entity
union all
select
    'customers' as measure,
    case
        when records <= 5 then cast(records as string)
        when records <= 10 then '6-10'
        else '11+'
    end as detail,
    count(*) as amount
from customers
group by
    case
        when records <= 5 then cast(records as string)
        when records <= 10 then '6-10'
        else '11+'
    end
union all
select
    'links' as measure,
    identifier_type as detail,
    count(*) as amount
from links
group by identifier_type
union all
select
    'vetoed_links' as measure,
    reason as detail,
    count(*) as amount
from vetoed_links
group by reason
union all
select
    'skipped_identifiers' as measure,
    identifier_type || '/' || reason as detail,
    count(*) as amount
from skipped_identifiers
group by
    identifier_type,
    reason
union all
select
    'contradictory_customers' as measure,
    reason as detail,
    count(*) as amount
from contradictory_customers
group by reason
