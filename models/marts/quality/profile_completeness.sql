{%- set contract = source_contract() -%}
{#- the columns that were published: of a further kind of record the mart has rows -#}
{%- set filling_entities = ['customer', 'account', 'contact', 'guest_order'] -%}
with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

customers as (
    select * from {{ ref('int_customer__customers') }}
),

source_values as (
    select * from {{ ref('int_customer__source_values') }}
    where is_usable
),

golden_values as (
    select * from {{ ref('int_customer__golden_values') }}
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

customer_records as (
    select
        customers.first_record_number,
        record_customers.source_entity,
        count(*) as records
    from record_customers
    inner join customers on record_customers.customer_id = customers.customer_id
    group by
        customers.first_record_number,
        record_customers.source_entity
),

filled_records as (
    select
        first_record_number,
        source_entity,
        field,
        count(*) as records
    from source_values
    group by
        first_record_number,
        source_entity,
        field
),

-- what a record lacks can be filled with the golden value of its customer, if there is one
customer_fields as (
    select
        customer_records.source_entity,
        source_fields.field,
        customer_records.records,
        coalesce(filled_records.records, 0) as filled,
        customer_records.records - coalesce(filled_records.records, 0) as missing,
        golden_values.source_entity as filling_entity
    from customer_records
    inner join source_fields on customer_records.source_entity = source_fields.source_entity
    left join filled_records
        on
            customer_records.first_record_number = filled_records.first_record_number
            and customer_records.source_entity = filled_records.source_entity
            and source_fields.field = filled_records.field
    left join golden_values
        on
            customer_records.first_record_number = golden_values.first_record_number
            and source_fields.field = golden_values.field
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
    from customer_fields
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
