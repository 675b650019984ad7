{#-
  The rules to try, as lines of the seed segment_mapping: a line with an existing priority replaces that rule, others
  are added. Here promising requires F of 2 or more, and customers who bought once for little get needs_attention.
  priority,segment_code,r_min,r_max,f_min,f_max,m_min,m_max,one_order_only
-#}
{%- set altered_rules = [
    '60,promising,4,5,2,5,1,2,',
    '65,needs_attention,4,5,1,1,1,2,',
] -%}
with mapping as (
    select * from {{ ref('segment_mapping') }}
),

customer_segments as (
    select * from {{ ref('customer_segments') }}
),

segments as (
    select * from {{ ref('segments') }}
),

-- the first part has no rows, but sets the types when there are no rules to try
altered_rules as (
    select
        priority,
        segment_code,
        r_min,
        r_max,
        f_min,
        f_max,
        m_min,
        m_max,
        one_order_only
    from mapping
    where false
    {%- for rule in altered_rules %}
    {%- set cells = rule.split(',') %}
    union all
    select
        cast({{ cells[0] }} as bigint) as priority,
        '{{ cells[1] }}' as segment_code,
        {%- for limit in ['r_min', 'r_max', 'f_min', 'f_max', 'm_min', 'm_max'] %}
        cast({{ cells[loop.index + 1] }} as bigint) as {{ limit }},
        {%- endfor %}
        {{ 'true' if cells[8] == 'true' else 'cast(null as boolean)' }} as one_order_only
    {%- endfor %}
),

altered_mapping as (
    select
        mapping.priority,
        mapping.segment_code,
        mapping.r_min,
        mapping.r_max,
        mapping.f_min,
        mapping.f_max,
        mapping.m_min,
        mapping.m_max,
        mapping.one_order_only
    from mapping
    left join altered_rules on mapping.priority = altered_rules.priority
    where altered_rules.priority is null
    union all
    select
        priority,
        segment_code,
        r_min,
        r_max,
        f_min,
        f_max,
        m_min,
        m_max,
        one_order_only
    from altered_rules
),

-- customers with the same scores get the same segment
cells as (
    select
        r_score,
        f_score,
        m_score,
        lifetime_orders = 1 as is_one_order_only,
        is_in_window,
        segment_code as segment_now,
        count(*) as customers
    from customer_segments
    group by
        r_score,
        f_score,
        m_score,
        lifetime_orders = 1,
        is_in_window,
        segment_code
),

matches as (
    select
        cells.*,
        altered_mapping.segment_code as mapped_segment,
        row_number() over (
            partition by
                cells.r_score,
                cells.f_score,
                cells.m_score,
                cells.is_one_order_only,
                cells.is_in_window,
                cells.segment_now
            order by altered_mapping.priority, altered_mapping.segment_code
        ) as match_number
    from cells
    left join altered_mapping
        on
            cells.r_score between altered_mapping.r_min and altered_mapping.r_max
            and cells.f_score between altered_mapping.f_min and altered_mapping.f_max
            and cells.m_score between altered_mapping.m_min and altered_mapping.m_max
            and (cells.is_one_order_only or not coalesce(altered_mapping.one_order_only, false))
),

resegmented as (
    select
        segment_now,
        case when is_in_window then coalesce(mapped_segment, '(no rule)') else 'lost' end as segment_then,
        customers
    from matches
    where match_number = 1
),

-- each group of customers counts in its current and in its new segment
sides as (
    select
        segment_now as segment_code,
        customers as customers_now,
        0 as customers_then,
        case when segment_now <> segment_then then customers else 0 end as leaving,
        0 as coming
    from resegmented
    union all
    select
        segment_then as segment_code,
        0 as customers_now,
        customers as customers_then,
        0 as leaving,
        case when segment_now <> segment_then then customers else 0 end as coming
    from resegmented
),

sizes as (
    select
        segment_code,
        cast(sum(customers_now) as bigint) as customers_now,
        cast(sum(customers_then) as bigint) as customers_then,
        cast(sum(leaving) as bigint) as leaving,
        cast(sum(coming) as bigint) as coming
    from sides
    group by segment_code
),

totals as (
    select sum(customers) as customers
    from resegmented
)

select
    sizes.segment_code,
    segments.name_en as segment_name,
    sizes.customers_now,
    sizes.customers_then,
    sizes.customers_then - sizes.customers_now as difference,
    sizes.leaving,
    sizes.coming,
    cast(sizes.customers_now as double) / cast(totals.customers as double) as share_now,
    cast(sizes.customers_then as double) / cast(totals.customers as double) as share_then
from sizes
cross join totals
left join segments on sizes.segment_code = segments.segment_code
order by
    segments.tier desc nulls last,
    sizes.segment_code asc
