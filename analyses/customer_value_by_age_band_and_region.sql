{#- Smaller groups are not shown separately. -#}
{%- set least_customers = 10 -%}
with buyers as (
    select * from {{ ref('customer_360') }}
    where lifetime_orders > 0
),

segments as (
    select * from {{ ref('segments') }}
),

-- the first digit of a Dutch or Belgian postal code is a region
placed_buyers as (
    select
        buyers.customer_id,
        coalesce(buyers.country_code || ' ' || substr(buyers.postal_area, 1, 1), '(unknown)') as region,
        coalesce(buyers.age_band, '(unknown)') as age_band,
        buyers.lifetime_orders,
        buyers.lifetime_net_revenue,
        segments.segment_code,
        segments.name_en as segment_name,
        segments.tier
    from buyers
    inner join segments on buyers.segment_code = segments.segment_code
),

group_sizes as (
    select
        region,
        age_band,
        count(*) as customers
    from placed_buyers
    group by
        region,
        age_band
),

-- small groups are combined
grouped_buyers as (
    select
        placed_buyers.customer_id,
        case when group_sizes.customers >= {{ least_customers }} then placed_buyers.region else '(small groups)' end
            as region,
        case when group_sizes.customers >= {{ least_customers }} then placed_buyers.age_band else '(small groups)' end
            as age_band,
        placed_buyers.lifetime_orders,
        placed_buyers.lifetime_net_revenue,
        placed_buyers.segment_code,
        placed_buyers.segment_name,
        placed_buyers.tier
    from placed_buyers
    inner join group_sizes
        on
            placed_buyers.region = group_sizes.region
            and placed_buyers.age_band = group_sizes.age_band
),

segment_sizes as (
    select
        region,
        age_band,
        segment_code,
        segment_name,
        row_number() over (
            partition by region, age_band order by count(*) desc, max(tier) desc, segment_code asc
        ) as size_rank
    from grouped_buyers
    group by
        region,
        age_band,
        segment_code,
        segment_name
),

group_values as (
    select
        region,
        age_band,
        count(*) as customers,
        cast(sum(lifetime_orders) as bigint) as lifetime_orders,
        cast(sum(lifetime_net_revenue) as decimal(18, 4)) as lifetime_net_revenue,
        avg(cast(tier as double)) as average_tier
    from grouped_buyers
    group by
        region,
        age_band
    having count(*) >= {{ least_customers }}
)

select
    group_values.region,
    group_values.age_band,
    group_values.customers,
    cast(group_values.lifetime_orders as double) / group_values.customers as orders_per_customer,
    group_values.lifetime_net_revenue,
    {{ divided_money('group_values.lifetime_net_revenue', 'group_values.customers') }} as revenue_per_customer,
    group_values.average_tier,
    segment_sizes.segment_name as largest_segment
from group_values
inner join segment_sizes
    on
        group_values.region = segment_sizes.region
        and group_values.age_band = segment_sizes.age_band
        and segment_sizes.size_rank = 1
order by
    group_values.region,
    group_values.age_band
