{%- set attributes = profile_fields() | list -%}
{#- the two that are compared in two parts -#}
{%- set detailed = ['name', 'address'] -%}
-- noqa: disable=LT02
with source_values as (
    select * from {{ ref('int_customer__source_values') }}
),

survivorship as (
    select * from {{ ref('survivorship') }}
),

profile_attributes as (
    select * from {{ ref('profile_attributes') }}
),

ordered_ranks as (
    select
        attribute,
        source_entity,
        dense_rank() over (partition by attribute order by rank asc nulls last) as position
    from survivorship
),

positions as (
    select
        source_entity,
        {%- for attribute in attributes %}
        max(position) filter (where attribute = '{{ attribute }}') as {{ attribute }}_position{{ ',' if not loop.last }}
        {%- endfor %}
    from ordered_ranks
    group by source_entity
),

dated_values as (
    select
        source_values.*,
        {%- for attribute in attributes %}
        -- a kind of record that is not ranked comes last
        case when source_values.has_{{ attribute }} then coalesce(positions.{{ attribute }}_position, 99) end
            as {{ attribute }}_position,
        {%- endfor %}
        -- less for what was stated later, most for what is undated; below 2^55, as is the position's share
        coalesce(
            18014398509481984 - {{ microseconds('source_values.stated_at') }}, 36028797018963967
        ) as staleness
    from source_values
    left join positions on source_values.source_entity = positions.source_entity
),

-- the lowest number survives: by rank, then the latest
ranked_values as (
    select
        *,
        {%- for attribute in attributes %}
        {{ attribute }}_position * 36028797018963968 + staleness as {{ attribute }}_order{{ ',' if not loop.last }}
        {%- endfor %}
    from dated_values
),

best_orders as (
    select
        cluster_number,
        {%- for attribute in attributes %}
        min({{ attribute }}_order) as {{ attribute }}_order,
        {%- set value, detail = attribute ~ '_value', attribute ~ '_detail' %}
        {%- for part in ([value, detail] if attribute in detailed else [value]) %}
        {{ 'or ' if not loop.first }}coalesce(min({{ part }}) <> max({{ part }}), false)
        {%- endfor %} as is_{{ attribute }}_conflicting{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked_values
    group by cluster_number
),

best_records as (
    select
        ranked_values.cluster_number,
        {%- for attribute in attributes %}
        min(ranked_values.record_number)
            filter (where ranked_values.{{ attribute }}_order = best_orders.{{ attribute }}_order)
            as {{ attribute }}_record_number,
        count(*) filter (where ranked_values.{{ attribute }}_order = best_orders.{{ attribute }}_order) > 1
            as is_{{ attribute }}_tied,
        bool_or(best_orders.is_{{ attribute }}_conflicting) as is_{{ attribute }}_conflicting
        {{- ',' if not loop.last }}
        {%- endfor %}
    from ranked_values
    inner join best_orders on ranked_values.cluster_number = best_orders.cluster_number
    group by ranked_values.cluster_number
),

attributes as (
    {%- for attribute in attributes %}
    select '{{ attribute }}' as attribute
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- few: of one rank and moment the value that most records have survives, then that of the oldest record
tied_records as (
    select
        ranked_values.*,
        {%- for attribute in attributes %}
        ranked_values.has_{{ attribute }} and best_records.is_{{ attribute }}_tied as is_{{ attribute }}_in_tie
        {{- ',' if not loop.last }}
        {%- endfor %}
    from ranked_values
    inner join best_records on ranked_values.cluster_number = best_records.cluster_number
    where
        {%- for attribute in attributes %}
        {{ 'or ' if not loop.first }}(ranked_values.has_{{ attribute }} and best_records.is_{{ attribute }}_tied)
        {%- endfor %}
),

tied_values as (
    select
        tied_records.cluster_number,
        attributes.attribute,
        tied_records.record_number,
        case attributes.attribute
            {%- for attribute in attributes %}
            when '{{ attribute }}' then tied_records.{{ attribute }}_order
            {%- endfor %}
        end as preference,
        case attributes.attribute
            {%- for attribute in attributes %}
            when '{{ attribute }}' then tied_records.{{ attribute }}_value
            {%- endfor %}
        end as compared_value,
        case attributes.attribute
            {%- for attribute in detailed %}
            when '{{ attribute }}' then tied_records.{{ attribute }}_detail
            {%- endfor %}
        end as compared_detail
    from tied_records
    cross join attributes
    where
        case attributes.attribute
            {%- for attribute in attributes %}
            when '{{ attribute }}' then tied_records.is_{{ attribute }}_in_tie
            {%- endfor %}
        end
),

counted_values as (
    select
        *,
        count(*) over (partition by cluster_number, attribute, compared_value, compared_detail) as records_alike
    from tied_values
),

numbered_values as (
    select
        *,
        row_number() over (
            partition by cluster_number, attribute
            order by preference asc nulls last, records_alike desc, record_number
        ) as place
    from counted_values
),

majority_records as (
    select
        cluster_number,
        {%- for attribute in attributes %}
        max(record_number) filter (where attribute = '{{ attribute }}') as {{ attribute }}_record_number
        {{- ',' if not loop.last }}
        {%- endfor %}
    from numbered_values
    where place = 1
    group by cluster_number
),

golden_records as (
    select
        best_records.cluster_number,
        {%- for attribute in attributes %}
        coalesce(majority_records.{{ attribute }}_record_number, best_records.{{ attribute }}_record_number)
            as {{ attribute }}_record_number,
        {%- endfor %}
        {%- for attribute in attributes %}
        {{ '+ ' if not loop.first }}case when best_records.is_{{ attribute }}_conflicting then 1 else 0 end
        {%- endfor %} as conflicting_fields
    from best_records
    left join majority_records on best_records.cluster_number = majority_records.cluster_number
),

expected as (
    select
        {%- for attribute in attributes %}
        coalesce(bool_or(is_expected) filter (where attribute = '{{ attribute }}'), false)
            as is_{{ attribute }}_expected,
        {%- endfor %}
        count(*) filter (where is_expected) as fields
    from profile_attributes
)

select
    golden_records.cluster_number,
    {%- for attribute in attributes %}
    golden_records.{{ attribute }}_record_number,
    {%- endfor %}
    cast(golden_records.conflicting_fields as bigint) as conflicting_fields,
    cast(
        {%- for attribute in attributes %}
        {{ '+ ' if not loop.first }}case
            when expected.is_{{ attribute }}_expected and golden_records.{{ attribute }}_record_number is not null
                then 1
            else 0
        end
        {%- endfor %} as double
    ) / nullif(expected.fields, 0) as completeness
from golden_records
cross join expected
