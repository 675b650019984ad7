with mapping as (
    select * from {{ ref('segment_mapping') }}
),

scores as (
    {%- for score in range(1, 6) %}
    select {{ score }} as score{{ ' union all' if not loop.last }}
    {%- endfor %}
),

order_counts as (
    select true as is_one_order_only
    union all
    select false as is_one_order_only
),

cells as (
    select
        r.score as r_score,
        f.score as f_score,
        m.score as m_score,
        order_counts.is_one_order_only
    from scores as r
    cross join scores as f
    cross join scores as m
    cross join order_counts
),

matches as (
    select
        cells.r_score,
        cells.f_score,
        cells.m_score,
        cells.is_one_order_only,
        mapping.priority,
        mapping.segment_code,
        row_number() over (
            partition by cells.r_score, cells.f_score, cells.m_score, cells.is_one_order_only
            order by mapping.priority asc nulls last, mapping.segment_code
        ) as match_number
    from cells
    left join mapping
        on
            cells.r_score between mapping.r_min and mapping.r_max
            and cells.f_score between mapping.f_min and mapping.f_max
            and cells.m_score between mapping.m_min and mapping.m_max
            and (mapping.one_order_only is null or not mapping.one_order_only or cells.is_one_order_only)
)

select
    cast(r_score as bigint) as r_score,
    cast(f_score as bigint) as f_score,
    cast(m_score as bigint) as m_score,
    is_one_order_only,
    segment_code,
    priority
from matches
where match_number = 1
