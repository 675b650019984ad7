{#- what may have become of an id on its way from one system to the other -#}
{%- set ways = {
    'case': 'lower(value)',
    'last_three_of_18': 'case when length(value) = 18 then substr(value, 1, 15) else value end',
    'leading_zeros': replace_all('value', '^0+', ''),
    'punctuation': replace_all('value', '[^0-9A-Za-zÀ-ÖØ-öø-ɏ]+', ''),
} -%}
{%- set form %}case ways.way{% for way, form in ways.items() %} when '{{ way }}' then {{ form }}{% endfor %} end{% endset -%}
{%- set references = contract_references() -%}
{#- where a reference to nothing rejects its row, all that is left leads somewhere -#}
{%- set target_tables = references | rejectattr('is_rejecting') | map(attribute='target_table') | unique | list -%}
with delivered_tables as (
    select * from {{ ref('stg_delivery__tables') }}
    where is_delivered
),

delivered_files as (
    select * from {{ ref('stg_delivery__files') }}
),

contract_references as (
    {%- for reference in references %}
    select
        '{{ reference.source_table }}' as source_table,
        '{{ reference.column }}' as column_name,
        '{{ reference.target_table }}' as target_table
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% for target_table in target_tables -%}
{{ target_table | replace('.', '_') }} as (
    select {{ source_contract()[target_table].key[0] }} as value
    from {{ base_of(target_table) }}
    where reject_reason is null
),

{% endfor -%}
-- a table without files is one of a server, which has all columns
delivered_references as (
    select
        contract_references.source_table,
        contract_references.column_name,
        contract_references.target_table
    from contract_references
    inner join delivered_tables as referring on contract_references.source_table = referring.source_table
    inner join delivered_tables as referred on contract_references.target_table = referred.source_table
    left join delivered_files on contract_references.source_table = delivered_files.source_table
    group by contract_references.source_table, contract_references.column_name, contract_references.target_table
    having
        bool_or(
            delivered_files.source_table is null
            or delivered_files.columns like '%,' || contract_references.column_name || ',%'
        )
),

-- per reference one row for all cells that lead somewhere, and one per value that leads nowhere
filled_cells as (
    {%- for reference in references if reference.is_implying %}
    {%- set ignored = ['referring.ignored_' ~ reference.column] if reference.is_ignorable else [] %}
    {%- set cell = 'coalesce(' ~ (['referring.' ~ reference.column] + ignored) | join(', ') ~ ')' %}
    select
        '{{ reference.source_table }}' as source_table,
        '{{ reference.column }}' as column_name,
        case when referred.value is null then {{ cell }} end as unmatched_value,
        count(*) as cells
    from {{ base_of(reference.source_table) }} as referring
    left join {{ reference.target_table | replace('.', '_') }} as referred
        on referring.{{ reference.column }} = referred.value
    where
        referring.reject_reason is null
        and {{ cell }} is not null
    group by unmatched_value
    union all
    {%- endfor %}
    {%- for reference in references if not reference.is_implying %}
    {%- set ignored = 'ignored_' ~ reference.column if reference.is_ignorable else 'cast(null as string)' %}
    select
        '{{ reference.source_table }}' as source_table,
        '{{ reference.column }}' as column_name,
        {{ ignored }} as unmatched_value,
        count(*) as cells
    from {{ base_of(reference.source_table) }}
    where
        reject_reason is null
        and coalesce({{ reference.column }}, {{ ignored }}) is not null
    group by unmatched_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted_cells as (
    select
        source_table,
        column_name,
        sum(cells) as filled,
        sum(case when unmatched_value is null then cells else 0 end) as matched
    from filled_cells
    group by source_table, column_name
),

unmatched_values as (
    select
        filled_cells.source_table,
        filled_cells.column_name,
        delivered_references.target_table,
        filled_cells.unmatched_value as value,
        filled_cells.cells
    from filled_cells
    inner join delivered_references
        on
            filled_cells.source_table = delivered_references.source_table
            and filled_cells.column_name = delivered_references.column_name
    where filled_cells.unmatched_value is not null
),

ways as (
    {%- for way in ways %}
    select '{{ way }}' as way
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unmatched_forms as (
    select
        unmatched_values.source_table,
        unmatched_values.column_name,
        unmatched_values.target_table,
        ways.way,
        {{ form }} as form,
        unmatched_values.cells
    from unmatched_values
    cross join ways
),

target_values as (
    {%- for target_table in target_tables %}
    select
        '{{ target_table }}' as target_table,
        value
    from {{ target_table | replace('.', '_') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- the keys of a table are compared only when something does not lead to it
target_forms as (
    select
        target_values.target_table,
        ways.way,
        {{ form }} as form
    from target_values
    cross join ways
    where target_values.target_table in (select unmatched_values.target_table from unmatched_values)
),

matches_by_way as (
    select
        unmatched_forms.source_table,
        unmatched_forms.column_name,
        unmatched_forms.way,
        sum(unmatched_forms.cells) as cells
    from unmatched_forms
    where
        unmatched_forms.form <> ''
        and exists (
            select 1
            from target_forms
            where
                unmatched_forms.target_table = target_forms.target_table
                and unmatched_forms.way = target_forms.way
                and unmatched_forms.form = target_forms.form
        )
    group by unmatched_forms.source_table, unmatched_forms.column_name, unmatched_forms.way
),

ranked_ways as (
    select
        source_table,
        column_name,
        way,
        cells,
        row_number() over (
            partition by source_table, column_name
            order by cells desc nulls last, way nulls last
        ) as place
    from matches_by_way
)

select
    delivered_references.source_table,
    delivered_references.column_name,
    delivered_references.target_table,
    cast(coalesce(counted_cells.filled, 0) as bigint) as filled,
    cast(coalesce(counted_cells.matched, 0) as bigint) as matched,
    cast(counted_cells.matched as double) / nullif(cast(counted_cells.filled as double), 0) as match_rate,
    ranked_ways.way as would_match_without,
    cast(coalesce(ranked_ways.cells, 0) as bigint) as would_match
from delivered_references
left join counted_cells
    on
        delivered_references.source_table = counted_cells.source_table
        and delivered_references.column_name = counted_cells.column_name
left join ranked_ways
    on
        delivered_references.source_table = ranked_ways.source_table
        and delivered_references.column_name = ranked_ways.column_name
        and ranked_ways.place = 1
