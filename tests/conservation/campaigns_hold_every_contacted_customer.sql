-- customers, control and mixed customers are all who have a contact in the campaign; they bought no more than all
with contacted as (
    select
        campaign_id,
        count(distinct customer_id) as customers
    from {{ ref('int_events__campaign_contacts') }}
    where campaign_id is not null
    group by campaign_id
),

purchases as (
    select coalesce(sum(net_amount), 0) as revenue
    from {{ ref('int_orders__counted') }}
    where is_purchase
)

select
    coalesce(contacted.campaign_id, results.campaign_id) as campaign_id,
    contacted.customers as customers_contacted,
    results.customers,
    results.control_customers,
    results.mixed_customers,
    results.revenue_30_days,
    results.control_revenue_30_days,
    purchases.revenue as revenue_of_all
from contacted
full outer join {{ ref('campaign_results') }} as results on contacted.campaign_id = results.campaign_id
cross join purchases
where
    contacted.campaign_id is null
    or results.campaign_id is null
    or contacted.customers <> results.customers + results.control_customers + results.mixed_customers
    or results.revenue_30_days + results.control_revenue_30_days > purchases.revenue
