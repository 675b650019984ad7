-- one step up in one score, all else equal, leads to a segment of the same tier or a higher one
{{ config(severity='warn') }}

with cells as (
    select
        cells.*,
        segments.tier
    from {{ ref('int_rfm__segment_cells') }} as cells
    inner join {{ ref('segments') }} as segments on cells.segment_code = segments.segment_code
)

select
    cells.r_score,
    cells.f_score,
    cells.m_score,
    cells.is_one_order_only,
    cells.segment_code,
    better_cells.segment_code as segment_code_one_step_up
from cells
inner join cells as better_cells
    on
        cells.is_one_order_only = better_cells.is_one_order_only
        and better_cells.r_score - cells.r_score between 0 and 1
        and better_cells.f_score - cells.f_score between 0 and 1
        and better_cells.m_score - cells.m_score between 0 and 1
        and (better_cells.r_score + better_cells.f_score + better_cells.m_score)
        - (cells.r_score + cells.f_score + cells.m_score) = 1
where better_cells.tier < cells.tier
