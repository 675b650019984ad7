with spend as (
    select
        *,
        spend_month as month
    from {{ ref('stg_crm__campaign_spend') }}
),

campaign_contacts as (
    select * from {{ ref('int_events__campaign_contacts') }}
),

customers as (
    select * from {{ ref('customer_360') }}
    where first_order_date is not null
),

orders as (
    select * from {{ ref('int_orders__counted') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

spend_until_as_of as (
    select spend.*
    from spend
    cross join as_of
    where as_of.as_of_date is null or spend.month <= as_of.as_of_date
),

contacted_campaigns as (
    select distinct campaign_id
    from campaign_contacts
    where campaign_id is not null
),

-- what went to customers wins no new ones
spend_on_new_customers as (
    select
        spend_until_as_of.month,
        spend_until_as_of.channel,
        sum(spend_until_as_of.amount) as spend
    from spend_until_as_of
    left join contacted_campaigns on spend_until_as_of.campaign_id = contacted_campaigns.campaign_id
    where contacted_campaigns.campaign_id is null
    group by
        spend_until_as_of.month,
        spend_until_as_of.channel
),

channels_with_spend as (
    select distinct channel
    from spend_until_as_of
),

new_customers as (
    select
        customer_id,
        {{ month_start('first_order_date') }} as month,
        coalesce(acquisition_channel, '(unknown)') as channel
    from customers
),

new_customer_counts as (
    select
        month,
        channel,
        count(*) as new_customers
    from new_customers
    group by
        month,
        channel
),

-- a credit note before the first purchase counts in the first month
monthly_revenues as (
    select
        new_customers.month,
        new_customers.channel,
        greatest(
            {{ month_number('orders.order_date') }} - {{ month_number('new_customers.month') }}, 0
        ) as age,
        sum(orders.net_amount) as net_revenue
    from new_customers
    inner join orders on new_customers.customer_id = orders.customer_id
    group by
        new_customers.month,
        new_customers.channel,
        greatest({{ month_number('orders.order_date') }} - {{ month_number('new_customers.month') }}, 0)
),

revenues as (
    select
        month,
        channel,
        age,
        net_revenue,
        sum(net_revenue) over (
            partition by month, channel order by age asc nulls last
            rows between unbounded preceding and current row
        ) as revenue_so_far
    from monthly_revenues
),

pairs as (
    select
        month,
        channel
    from spend_on_new_customers
    union
    select
        month,
        channel
    from new_customer_counts
),

spends as (
    select
        pairs.month,
        pairs.channel,
        case
            when channels_with_spend.channel is not null
                then cast(coalesce(spend_on_new_customers.spend, 0) as decimal(18, 4))
        end as spend,
        coalesce(new_customer_counts.new_customers, 0) as new_customers
    from pairs
    left join channels_with_spend on pairs.channel = channels_with_spend.channel
    left join spend_on_new_customers
        on
            pairs.month = spend_on_new_customers.month
            and pairs.channel = spend_on_new_customers.channel
    left join new_customer_counts
        on
            pairs.month = new_customer_counts.month
            and pairs.channel = new_customer_counts.channel
),

outcomes as (
    select
        spends.month,
        spends.channel,
        {% for months in (3, 6, 12) -%}
        coalesce(sum(revenues.net_revenue) filter (where revenues.age < {{ months }}), 0)
            as revenue_{{ months }}_months,
        {% endfor -%}
        min(
            case
                when
                    revenues.revenue_so_far * cast({{ var('gross_margin_rate') }} as decimal(9, 4)) >= spends.spend
                    and spends.spend <> 0
                    and {{ month_end(months_later('spends.month', 'revenues.age')) }} <= as_of.as_of_date
                    then revenues.age + 1
            end
        ) as payback_months
    from spends
    cross join as_of
    left join revenues
        on
            spends.month = revenues.month
            and spends.channel = revenues.channel
    group by
        spends.month,
        spends.channel
)

select
    spends.month,
    spends.channel,
    spends.spend,
    spends.new_customers,
    {{ divided_money('spends.spend', 'spends.new_customers') }} as cost_per_new_customer,
    {% for months in (3, 6, 12) -%}
    case
        when {{ month_end(months_later('spends.month', months - 1)) }} <= as_of.as_of_date
            then cast(outcomes.revenue_{{ months }}_months as decimal(18, 4))
    end as revenue_{{ months }}_months,
    {% endfor -%}
    cast(outcomes.payback_months as bigint) as payback_months,
    {{ month_end('spends.month') }} <= as_of.as_of_date as is_complete
from spends
cross join as_of
inner join outcomes
    on
        spends.month = outcomes.month
        and spends.channel = outcomes.channel
