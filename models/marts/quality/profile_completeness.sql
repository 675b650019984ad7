{%- set contract = source_contract() -%}
{#- the columns that were published: of a further kind of record the mart has rows -#}
{%- set filling_entities = ['customer', 'account', 'contact', 'guest_order'] -%}
with source_values as (
    select * from {{ ref('int_customer__source_values') }}
),

customers as (
    select * from {{ ref('int_customer__customers') }}
),

contact_details as (
    select * from {{ ref('customer_contact_details') }}
),

-- the fields that each source has in the contract
source_fields as (
    {%- set source_fields = [] %}
    {%- for entity, table in record_tables().items() %}
    {%- for field, columns in profile_fields().items() if columns | select('in', contract[table].columns) | list %}
    {%- do source_fields.append((table.split('.')[0], entity, field)) %}
    {%- endfor %}
    {%- endfor %}
    {%- for system, entity, field in source_fields %}
    select
        '{{ system }}' as source_system,
        '{{ entity }}' as source_entity,
        '{{ field }}' as field
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- a value that a record lacks can be filled with the golden value of its customer, if there is one
record_counts as (
    select
        source_values.source_entity,
        {%- for field in profile_fields() %}
        contact_details.{{ field }}_source_entity,
        count(*) filter (where source_values.has_{{ field }}) as {{ field }}_filled,
        {%- endfor %}
        count(*) as records
    from source_values
    inner join customers on source_values.cluster_number = customers.cluster_number
    inner join contact_details on customers.customer_id = contact_details.customer_id
    group by
        {%- for field in profile_fields() %}
        contact_details.{{ field }}_source_entity,
        {%- endfor %}
        source_values.source_entity
),

field_counts as (
    {%- for field in profile_fields() %}
    select
        source_entity,
        '{{ field }}' as field,
        {{ field }}_source_entity as filling_entity,
        records,
        {{ field }}_filled as filled,
        records - {{ field }}_filled as missing
    from record_counts
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

totals as (
    select
        source_entity,
        field,
        cast(sum(records) as bigint) as records,
        cast(sum(filled) as bigint) as filled,
        cast(sum(missing) as bigint) as missing,
        {%- for entity in filling_entities %}
        cast(sum(missing) filter (where filling_entity = '{{ entity }}') as bigint) as fillable_from_{{ entity }},
        {%- endfor %}
        cast(sum(missing) filter (where filling_entity is null) as bigint) as missing_everywhere
    from field_counts
    group by
        source_entity,
        field
)

select
    source_fields.source_system,
    source_fields.source_entity,
    source_fields.field,
    coalesce(totals.records, 0) as records,
    coalesce(totals.filled, 0) as filled,
    cast(totals.filled as double) / nullif(totals.records, 0) as share_filled,
    coalesce(totals.missing, 0) as missing,
    {%- for entity in filling_entities %}
    coalesce(totals.fillable_from_{{ entity }}, 0) as fillable_from_{{ entity }},
    {%- endfor %}
    coalesce(totals.missing_everywhere, 0) as missing_everywhere
from source_fields
left join totals
    on
        source_fields.source_entity = totals.source_entity
        and source_fields.field = totals.field
