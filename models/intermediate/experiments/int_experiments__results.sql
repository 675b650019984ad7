-- inlined: one reader wants the variants that exist, the other who met them
with sessions as {{ inlined() }} (
    select
        coalesce(experiment, '(unknown)') as experiment,
        lower(variant) as variant,
        -- the words keep the ids of one kind apart from those of another
        coalesce('device ' || anonymous_id, 'customer ' || customer_id, 'session ' || session_id) as visitor,
        customer_id,
        started_at,
        is_converted
    from {{ ref('int_events__sessions') }}
    where variant is not null
),

purchases as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

variants as (
    select
        experiment,
        variant,
        max(started_at) as last_started_at
    from sessions
    group by
        experiment,
        variant
),

experiments as (
    select
        experiment,
        coalesce(min(variant) filter (where variant = 'control'), min(variant)) as baseline,
        {{ local_date('max(last_started_at)') }} as last_session_date
    from variants
    group by experiment
),

visitors as (
    select
        experiment,
        min(variant) as variant,
        min(variant) <> max(variant) as is_excluded,
        -- whose visits these are; of several customers: nobody's
        case when min(customer_id) = max(customer_id) then min(customer_id) end as customer_id,
        {{ local_date('min(started_at)') }} as first_session_date,
        coalesce(bool_or(is_converted), false) as is_converted
    from sessions
    group by
        experiment,
        visitor
),

visitor_counts as (
    select
        experiment,
        variant,
        count(*) as visitors,
        count(*) filter (where is_converted) as converted
    from visitors
    where not is_excluded
    group by
        experiment,
        variant
),

excluded_counts as (
    select
        experiment,
        count(*) as visitors
    from visitors
    where is_excluded
    group by experiment
),

-- what their customers bought on the day of the first session and the 13 days after it
revenues as (
    select
        visitors.experiment,
        visitors.variant,
        sum(purchases.net_amount) as revenue
    from visitors
    inner join purchases
        on
            visitors.customer_id = purchases.customer_id
            and purchases.order_date between
            visitors.first_session_date
            and cast(visitors.first_session_date + interval 13 day as date)
    where not visitors.is_excluded
    group by
        visitors.experiment,
        visitors.variant
)

select
    variants.experiment,
    variants.variant,
    variants.variant = experiments.baseline as is_baseline,
    coalesce(visitor_counts.visitors, 0) as visitors,
    coalesce(excluded_counts.visitors, 0) as excluded_visitors,
    coalesce(visitor_counts.converted, 0) as converted,
    {{ money_units('coalesce(revenues.revenue, 0)') }} as revenue_units,
    coalesce(cast(experiments.last_session_date + interval 13 day as date) <= as_of.as_of_date, false) as is_complete
from variants
inner join experiments on variants.experiment = experiments.experiment
cross join as_of
left join visitor_counts
    on
        variants.experiment = visitor_counts.experiment
        and variants.variant = visitor_counts.variant
left join excluded_counts on variants.experiment = excluded_counts.experiment
left join revenues
    on
        variants.experiment = revenues.experiment
        and variants.variant = revenues.variant
