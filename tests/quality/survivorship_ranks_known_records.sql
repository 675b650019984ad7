select
    attribute,
    source_entity
from {{ ref('survivorship') }}
where
    source_entity not in (
        {%- for entity in record_tables() %}
        '{{ entity }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
