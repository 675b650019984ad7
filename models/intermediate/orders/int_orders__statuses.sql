with orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

known_statuses as (
    select
        {{ normalised_status('status') }} as normalised_status,
        bool_and(counts) as counts
    from {{ ref('known_order_statuses') }}
    group by 1
),

-- few, whatever the number of orders
delivered_statuses as (
    select distinct status
    from orders
),

normalised_statuses as (
    select
        status,
        {{ normalised_status('status') }} as normalised_status
    from delivered_statuses
)

select
    normalised_statuses.status,
    {{ status_without_personal_data('normalised_statuses.status') }} as shown_status,
    {{ status_without_personal_data('normalised_statuses.normalised_status') }} as normalised_status,
    known_statuses.normalised_status is not null as is_known,
    coalesce(known_statuses.counts, true) as counts
from normalised_statuses
left join known_statuses on normalised_statuses.normalised_status = known_statuses.normalised_status
