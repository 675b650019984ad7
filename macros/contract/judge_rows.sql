{#
  The second half of a base model: gives each row read the first reason to reject it, in the order of the reasons, and
  ends in the final select. A model may add columns (`added_columns` of `from_cte` are kept) and `rejections` of its own,
  which come after those of the contract: dicts of reason, column and condition.
#}
{% macro judge_rows(source_table, from_cte='read_rows', added_columns=[], rejections=[]) -%}
    {%- set contract = source_contract()[source_table] -%}
    judged_rows as {{ inlined() }} (
        select
            *,
            case
                {%- for rejection in contract_rejections(contract) + rejections %}
                when {{ rejection.condition }} then '{{ rejection.reason }}|{{ rejection.column }}'
                {%- endfor %}
            end as rejection
        from {{ from_cte }}
    ),

    {% if contract.key -%}
    -- of the remaining rows, one per key is kept: the latest, then the one of the later part, then the one with more
    -- values, then the one whose values sort last
    ranked_rows as (
        {{ ranked_rows(rank_in_key(contract)) | indent(8) }}
    ),
    {%- else -%}
    ranked_rows as (
        select *, 1 as rank_in_key
        from judged_rows
    ),
    {%- endif %}

    decided_rows as (
        select
            *,
            case
                when rejection is not null then split_part(rejection, '|', 1)
                when rank_in_key > 1 then 'duplicate_key'
            end as reject_reason,
            case
                when rejection is not null then split_part(rejection, '|', 2)
                when rank_in_key > 1 then '{{ contract.key[0] }}'
            end as reject_column
        from ranked_rows
    )

    select
        {%- for column, attributes in contract.columns.items() %}
        {{ possible_value(column, attributes) }} as {{ column }},
        {%- endfor %}
        {%- for column in added_columns %}
        {{ column }},
        {%- endfor %}
        -- only for rows that are listed somewhere: for all rows it would cost as much as the key itself
        case
            when reject_reason is not null
                {%- for column, attributes in contract.columns.items() if is_ignorable(attributes) %}
                or {{ is_ignored(column, attributes) }}
                {%- endfor %}
                then source_row_key
        end as source_row_key,
        reject_reason,
        reject_column,
        case reject_column
            {%- for column in contract.columns %}
            when '{{ column }}' then {{ column }}_text
            {%- endfor %}
        end as raw_value,
        case when reject_reason is not null then {{ raw_row(contract) }} end as raw_row
        {%- for column, attributes in contract.columns.items() if is_ignorable(attributes) %},
        case when reject_reason is null and ({{ is_ignored(column, attributes) }}) then {{ column }}_text end as ignored_{{ column }}
        {%- endfor %}
    from decided_rows
{%- endmacro %}

{# The rejections that follow from the contract, in the order of their reasons, then of the columns. #}
{% macro contract_rejections(contract) -%}
    {%- set rejections = [] -%}
    {%- for column, attributes in contract.columns.items() -%}
        {%- if attributes.required -%}
            {%- do rejections.append({
                'reason': 'missing_required', 'column': column, 'condition': column ~ '_text is null'
            }) -%}
        {%- elif contract.any_of and column == contract.any_of[0] -%}
            {%- do rejections.append({
                'reason': 'missing_required',
                'column': column,
                'condition': 'coalesce(' ~ contract.any_of | join('_text, ') ~ '_text) is null',
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for column, attributes in contract.columns.items() if attributes.required or attributes.reject -%}
        {%- do rejections.append({
            'reason': 'unreadable_value', 'column': column, 'condition': is_unreadable(column, attributes)
        }) -%}
    {%- endfor -%}
    {%- for column, attributes in contract.columns.items() if attributes.required or attributes.reject -%}
        {%- do rejections.append({
            'reason': 'impossible_value', 'column': column, 'condition': is_impossible(column, attributes)
        }) -%}
    {%- endfor -%}
    {%- for column, attributes in contract.columns.items() if attributes.required and attributes.references -%}
        {%- do rejections.append({
            'reason': 'unknown_reference', 'column': column, 'condition': column ~ '_is_unknown'
        }) -%}
    {%- endfor -%}
    {{ return(rejections | selectattr('condition') | list) }}
{%- endmacro %}

{# The cell is filled, but not with a value of its type. A number with too many digits is readable, but impossible. #}
{% macro is_unreadable(column, attributes) -%}
    {%- set is_filled_unread = column ~ '_text is not null and ' ~ column ~ ' is null' -%}
    {%- if attributes.type in ('amount', 'integer') -%}
        {%- set is_number = is_amount if attributes.type == 'amount' else is_whole_number -%}
        {{ return(is_filled_unread ~ ' and not ' ~ is_number(column ~ '_text', 'decimal_mark')) }}
    {%- elif attributes.type not in ('text', 'name') -%}
        {{ return(is_filled_unread) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# A readable value that is not possible: out of range, an unknown name, or what the contract calls impossible. #}
{% macro is_impossible(column, attributes) -%}
    {%- set conditions = [] -%}
    {%- if attributes.type in ('amount', 'integer', 'timestamp', 'date') -%}
        {%- do conditions.append('not (' ~ is_possible(column, attributes) ~ ')') -%}
    {%- endif -%}
    {%- if attributes.type in ('amount', 'integer') or attributes.names -%}
        {%- do conditions.append('(' ~ column ~ '_text is not null and ' ~ column ~ ' is null)') -%}
    {%- endif -%}
    {%- if attributes.impossible -%}
        {%- do conditions.append('(' ~ attributes.impossible ~ ')') -%}
    {%- endif -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}

{# Within the limits of its type: numbers below 10^9 in absolute value, counts of 0 or more, possible dates. #}
{% macro is_possible(column, attributes) -%}
    {%- if attributes.type in ('amount', 'integer') -%}
        {{ column }} {{ '>= 0' if attributes.is_count else '> -1000000000' }} and {{ column }} < 1000000000
    {%- elif attributes.type == 'timestamp' and attributes.may_be_future -%}
        {{ column }} >= {{ local_midnight(date_var('earliest_possible_date')) }}
    {%- elif attributes.type == 'timestamp' -%}
        {{ column }} >= {{ local_midnight(date_var('earliest_possible_date')) }}
        and {{ column }} < {{ local_midnight('(' ~ latest_possible_date() ~ ' + interval 1 day)') }}
    {%- elif attributes.type == 'date' -%}
        {{ column }} >= {{ "cast('" ~ attributes.earliest ~ "' as date)" if attributes.earliest else date_var('earliest_possible_date') }}
        and {{ column }} <= {{ latest_possible_date() }}
    {%- endif -%}
{%- endmacro %}

{# The value, or null if it is impossible. Required values are not checked again: their rows are rejected. #}
{% macro possible_value(column, attributes) -%}
    {%- if attributes.at_most -%}
        case
            when {{ is_cut(column, attributes) }} then {{ attributes.at_most }}
            when {{ attributes.at_most }} >= 0 then abs({{ column }})
            else {{ column }}
        end
    {%- elif attributes.required or attributes.reject -%}
        {{ column }}
    {%- elif attributes.references -%}
        case when not {{ column }}_is_unknown then {{ column }} end
    {%- elif attributes.type in ('amount', 'integer', 'timestamp', 'date') -%}
        case when {{ is_possible(column, attributes) }} then {{ column }} end
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{# The value exceeds its maximum. #}
{% macro is_cut(column, attributes) -%}
    ({{ attributes.at_most }} >= 0 and abs({{ column }}) > {{ attributes.at_most }})
{%- endmacro %}

{# The cell is filled, and not all of it is used. #}
{% macro is_ignored(column, attributes) -%}
    {%- if attributes.at_most -%}
    {{ is_cut(column, attributes) }}
    {%- else -%}
    ({{ column }}_text is not null and {{ possible_value(column, attributes) }} is null)
    {%- endif -%}
    {%- if attributes.type in ('email', 'phone') %} or is_{{ column }}_one_of_several{% endif -%}
{%- endmacro %}

{# Whether a filled cell of the column can be ignored or cut. #}
{% macro is_ignorable(attributes) -%}
    {{ return(
        attributes.at_most is defined
        or (
            not attributes.required and not attributes.reject
            and (attributes.type not in ('text', 'name') or attributes.names is defined or attributes.references is defined)
        )
    ) }}
{%- endmacro %}

{# All the cells of a row, as JSON. #}
{% macro raw_row(contract) -%}
    {%- set texts = {} -%}
    {%- for column in contract.columns %}{% do texts.update({column: column ~ '_text'}) %}{% endfor -%}
    {{ json_object(texts) }}
{%- endmacro %}

{# The place of a row among the rows of its key, from 1. #}
{% macro rank_in_key(contract) -%}
    row_number() over (
        partition by rejection is null, {{ contract.key | join(', ') }}
        order by
            {%- if 'updated_at' in contract.columns %}
            {{ possible_value('updated_at', contract.columns['updated_at']) }} desc nulls last,
            {%- endif %}
            part_number desc nulls last,
            (
                {%- for column in contract.columns %}
                case when {{ column }}_text is not null then 1 else 0 end{{ ' +' if not loop.last }}
                {%- endfor %}
            ) desc nulls last,
            {%- for column in contract.columns %}
            coalesce({{ column }}_text, '') desc{{ ',' if not loop.last }}
            {%- endfor %}
    )
{%- endmacro %}

{# The rows with their rank in their key. #}
{% macro ranked_rows(rank) -%}
    {{ adapter.dispatch('ranked_rows', 'klant360')(rank) }}
{%- endmacro %}

{# Only rows whose key is repeated are sorted; DuckDB cleans a cell once for each of the two selects that wants it. #}
{% macro default__ranked_rows(rank) -%}
select *, 1 as rank_in_key
from judged_rows
where not is_repeated
union all
select
    *,
    {{ rank }} as rank_in_key
from judged_rows
where is_repeated
{%- endmacro %}

{# Spark would plan and clean everything twice. #}
{% macro spark__ranked_rows(rank) -%}
select
    *,
    {{ rank }} as rank_in_key
from judged_rows
{%- endmacro %}
