with mapping as (
    select * from {{ ref('engagement_mapping') }}
),

scores as (
    {%- for score in range(1, 6) %}
    select {{ score }} as score{{ ' union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    select
        r.score as r_score,
        f.score as f_score,
        e.score as e_score
    from scores as r
    cross join scores as f
    cross join scores as e
),

matches as (
    select
        cells.r_score,
        cells.f_score,
        cells.e_score,
        mapping.priority,
        mapping.band_code,
        row_number() over (
            partition by cells.r_score, cells.f_score, cells.e_score
            order by mapping.priority asc nulls last, mapping.band_code
        ) as match_number
    from cells
    left join mapping
        on
            cells.r_score between mapping.r_min and mapping.r_max
            and cells.f_score between mapping.f_min and mapping.f_max
            and cells.e_score between mapping.e_min and mapping.e_max
)

select
    cast(r_score as bigint) as r_score,
    cast(f_score as bigint) as f_score,
    cast(e_score as bigint) as e_score,
    band_code,
    priority
from matches
where match_number = 1
