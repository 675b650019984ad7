with tickets as (
    select * from {{ ref('int_events__tickets') }}
),

answers as (
    select * from {{ ref('int_events__survey_responses') }}
),

orders as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
),

customer_orders as (
    select * from {{ ref('int_customer__orders') }}
    where first_order_date is not null
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

months as (
    select * from {{ ref('int_service__months') }}
),

-- of several the first holds
experience_names as (
    {%- for experience in ['reopened', 'detractor', 'ticket', 'none'] %}
    select
        {{ loop.index }} as preference,
        '{{ experience }}' as experience
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

events as (
    select
        customer_id,
        {{ month_start('created_date') }} as month,
        case when reopened_count > 0 then 1 else 3 end as preference
    from tickets
    union all
    select
        customer_id,
        {{ month_start('response_date') }} as month,
        2 as preference
    from answers
    where
        survey_type = 'nps'
        and score <= 6
),

experiences as (
    select
        events.customer_id,
        events.month,
        min(events.preference) as preference
    from events
    inner join customer_orders on events.customer_id = customer_orders.customer_id
    where customer_orders.first_order_date < events.month
    group by
        events.customer_id,
        events.month
),

first_purchases as (
    select
        {{ month_start('first_order_date') }} as first_month,
        count(*) as customers
    from customer_orders
    group by {{ month_start('first_order_date') }}
),

populations as (
    select
        months.month,
        coalesce(sum(first_purchases.customers), 0) as customers
    from months
    left join first_purchases on months.month > first_purchases.first_month
    group by months.month
),

buyer_months as (
    select
        customer_id,
        {{ month_start('order_date') }} as order_month,
        min(order_date) as order_date
    from orders
    group by
        customer_id,
        {{ month_start('order_date') }}
),

numbered_buyer_months as (
    select
        *,
        lag(order_month) over (partition by customer_id order by order_month) as previous_order_month
    from buyer_months
),

offsets as (
    {{ dbt.generate_series(3) | indent(4) }}
),

-- the 90 days after a month end in the third month after it at the latest
buyers as (
    select
        numbered_buyer_months.customer_id,
        {{ months_later('numbered_buyer_months.order_month', '-offsets.generated_number') }} as month,
        numbered_buyer_months.order_date,
        numbered_buyer_months.previous_order_month
    from numbered_buyer_months
    cross join offsets
),

returning_buyers as (
    select
        buyers.customer_id,
        buyers.month
    from buyers
    inner join months on buyers.month = months.month
    inner join customer_orders on buyers.customer_id = customer_orders.customer_id
    where
        customer_orders.first_order_date < buyers.month
        -- an earlier purchase counts for the months before it
        and buyers.month >= buyers.previous_order_month
        and {{ days_between(month_end('buyers.month'), 'buyers.order_date') }} <= 90
),

with_experience as (
    select
        experiences.month,
        experiences.preference,
        count(*) as customers,
        count(returning_buyers.customer_id) as bought_90_days
    from experiences
    left join returning_buyers
        on
            experiences.customer_id = returning_buyers.customer_id
            and experiences.month = returning_buyers.month
    group by
        experiences.month,
        experiences.preference
),

all_buyers as (
    select
        month,
        count(*) as bought_90_days
    from returning_buyers
    group by month
),

experienced as (
    select
        month,
        sum(customers) as customers,
        sum(bought_90_days) as bought_90_days
    from with_experience
    group by month
),

counts as (
    select
        populations.month,
        experience_names.experience,
        cast(
            case
                when experience_names.experience = 'none'
                    then populations.customers - coalesce(experienced.customers, 0)
                else coalesce(with_experience.customers, 0)
            end as bigint
        ) as customers,
        cast(
            case
                when experience_names.experience = 'none'
                    then coalesce(all_buyers.bought_90_days, 0) - coalesce(experienced.bought_90_days, 0)
                else coalesce(with_experience.bought_90_days, 0)
            end as bigint
        ) as bought_90_days
    from populations
    cross join experience_names
    left join with_experience
        on
            populations.month = with_experience.month
            and experience_names.preference = with_experience.preference
    left join all_buyers on populations.month = all_buyers.month
    left join experienced on populations.month = experienced.month
)

select
    counts.month,
    counts.experience,
    counts.customers,
    counts.bought_90_days,
    {{ ratio('counts.bought_90_days', 'counts.customers') }} as buyer_rate,
    {{ wilson_low('counts.bought_90_days', 'counts.customers') }} as rate_low,
    {{ wilson_high('counts.bought_90_days', 'counts.customers') }} as rate_high,
    cast({{ month_end('counts.month') }} + interval 90 day as date) <= as_of.as_of_date as is_complete
from counts
cross join as_of
