with customers as (
    select * from {{ ref('customer_360') }}
),

segments as (
    select * from {{ ref('segments') }}
),

segment_service as (
    select
        segment_code,
        count(*) as customers,
        count(*) filter (where ticket_count > 0) as customers_with_ticket,
        cast(sum(ticket_count) as bigint) as tickets,
        count(latest_nps_score) as nps_answers,
        count(*) filter (where latest_nps_score >= 9) as promoters,
        count(*) filter (where latest_nps_score <= 6) as detractors
    from customers
    group by segment_code
)

select
    segments.segment_code,
    segments.name_en as segment_name,
    segment_service.customers,
    segment_service.customers_with_ticket,
    cast(segment_service.customers_with_ticket as double) / segment_service.customers as share_with_ticket,
    segment_service.tickets,
    cast(segment_service.tickets as double) / segment_service.customers as tickets_per_customer,
    segment_service.nps_answers,
    segment_service.promoters,
    segment_service.detractors,
    100 * cast(segment_service.promoters - segment_service.detractors as double)
    / nullif(segment_service.nps_answers, 0) as nps
from segment_service
inner join segments on segment_service.segment_code = segments.segment_code
order by
    segments.tier desc,
    segments.segment_code asc
