-- a rule that wins no cell says nothing: another one comes first wherever it holds
{{ config(severity='warn') }}

select
    mapping.priority,
    mapping.segment_code
from {{ ref('segment_mapping') }} as mapping
left join {{ ref('int_rfm__segment_cells') }} as cells on mapping.priority = cells.priority
where cells.priority is null
