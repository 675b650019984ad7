with revenue_months as (
    select * from {{ ref('int_revenue__months') }}
),

customers as (
    select * from {{ ref('customer_360') }}
),

segment_history as (
    select * from {{ ref('customer_segment_history') }}
),

cohorts as (
    select * from {{ ref('cohort_retention') }}
),

engagement_history as (
    select * from {{ ref('customer_engagement_history') }}
),

channels as (
    select * from {{ ref('channel_performance') }}
),

service as (
    select * from {{ ref('service_performance') }}
),

satisfaction as (
    select * from {{ ref('satisfaction_scores') }}
),

newcomers as (
    select
        {{ month_start('first_order_date') }} as month,
        count(*) as new_customers,
        count(*) filter (where lifetime_orders > 1) as repeat_customers
    from customers
    where lifetime_orders > 0
    group by {{ month_start('first_order_date') }}
),

-- every month has one snapshot: its end, or as_of_date
segment_months as (
    select
        {{ month_start('snapshot_date') }} as month,
        count(*) as customers,
        count(*) filter (where is_in_window) as customers_in_window,
        count(*) filter (where segment_code = 'lost') as lost_customers
    from segment_history
    group by {{ month_start('snapshot_date') }}
),

engaged_months as (
    select
        {{ month_start('snapshot_date') }} as month,
        count(*) filter (where is_in_window) as engaged_customers
    from engagement_history
    group by {{ month_start('snapshot_date') }}
),

cohort_months as (
    select
        cohort_month as month,
        sum(active_customers) as retained_customers,
        sum(cohort_size) as followed_customers,
        sum(active_customers) filter (where months_since_first_order = 3) as retained_in_month_3,
        sum(cohort_size) filter (where months_since_first_order = 3) as followed_to_month_3
    from cohorts
    where
        is_complete
        and months_since_first_order > 0
    group by cohort_month
),

channel_months as (
    select
        month,
        sum(spend) as acquisition_spend,
        sum(new_customers) filter (where spend is not null) as acquired_customers
    from channels
    group by month
),

service_months as (
    select
        month,
        sum(tickets) as tickets,
        sum(reopened) as reopened_tickets,
        sum(backlog) as ticket_backlog
    from service
    group by month
),

answer_months as (
    select
        month,
        sum(promoters) as promoters,
        sum(detractors) as detractors,
        sum(answers) filter (where survey_type = 'nps') as nps_answers,
        sum(satisfied) as satisfied_answers,
        sum(answers) filter (where survey_type = 'csat') as csat_answers
    from satisfaction
    group by month
)

select
    revenue_months.month,
    revenue_months.net_revenue,
    revenue_months.purchase_revenue,
    revenue_months.net_revenue - revenue_months.purchase_revenue as credit_note_amount,
    sum(revenue_months.net_revenue) over (
        order by revenue_months.month
        rows between 11 preceding and current row
    ) as net_revenue_12_months,
    revenue_months.purchases as orders,
    revenue_months.active_customers,
    coalesce(newcomers.new_customers, 0) as new_customers,
    coalesce(newcomers.repeat_customers, 0) as repeat_customers,
    revenue_months.purchases - coalesce(newcomers.new_customers, 0) as repeat_orders,
    segment_months.customers,
    segment_months.customers_in_window,
    segment_months.lost_customers,
    cohort_months.retained_customers,
    cohort_months.followed_customers,
    cohort_months.retained_in_month_3,
    cohort_months.followed_to_month_3,
    engaged_months.engaged_customers,
    channel_months.acquisition_spend,
    channel_months.acquired_customers,
    service_months.tickets,
    service_months.reopened_tickets,
    service_months.ticket_backlog,
    answer_months.promoters,
    answer_months.detractors,
    answer_months.promoters - answer_months.detractors as promoters_less_detractors,
    answer_months.nps_answers,
    answer_months.satisfied_answers,
    answer_months.csat_answers
from revenue_months
left join newcomers on revenue_months.month = newcomers.month
left join segment_months on revenue_months.month = segment_months.month
left join cohort_months on revenue_months.month = cohort_months.month
left join engaged_months on revenue_months.month = engaged_months.month
left join channel_months on revenue_months.month = channel_months.month
left join service_months on revenue_months.month = service_months.month
left join answer_months on revenue_months.month = answer_months.month
