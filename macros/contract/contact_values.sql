{#
  The emails or phones in the cells of a table, one row per cell and value that can be normalised: CTEs that end in
  `<kind>_values` (cell, country_code used to read a phone, value, place, is_blocklisted). Cells with just one plain
  value are left out: reading them directly is faster. A cell may contain several values, separated by semicolons,
  commas, slashes, bars, spaces or line ends.
#}
{% macro contact_values(kind, cells_cte) -%}
    odd_{{ kind }}_cells as (
        select distinct
            {{ kind }}_text as cell,
            {{ 'phone_country_code' if kind == 'phone' else "''" }} as country_code
        from {{ cells_cte }}
        where
            {{ kind }}_text is not null
            and {{ is_odd_contact_cell(kind, kind ~ '_text') }}
    ),

    -- the whole cell first, then its pieces, so that a name or the spaces in a number do not split it
    {{ kind }}_pieces as (
        select
            odd_{{ kind }}_cells.cell,
            odd_{{ kind }}_cells.country_code,
            places.place,
            case
                when places.place = 0 then odd_{{ kind }}_cells.cell
                else split_part(
                    translate(
                        odd_{{ kind }}_cells.cell,
                        case when places.place <= 10 then ';,/|' else ';,/| ' end || chr(13), repeat(chr(10), 6)
                    ),
                    chr(10), (places.place - 1) % 10 + 1
                )
            end as piece
        from odd_{{ kind }}_cells
        cross join (values {% for place in range(21) %}({{ place }}){{ ', ' if not loop.last }}{% endfor %}) as places (place)
    ),

    normalised_{{ kind }}_pieces as (
        select
            pieces.cell,
            pieces.country_code,
            pieces.place,
            {% if kind == 'email' -%}
            {{ normalised_email('pieces.piece') }}
            {%- else -%}
            {{ normalised_phone('pieces.piece', 'countries') }}
            {%- endif %} as value
        from {{ kind }}_pieces as pieces
        {%- if kind == 'phone' %}
        left join {{ ref('countries') }} as countries on pieces.country_code = countries.country_code
        {%- endif %}
        where pieces.piece <> ''
    ),

    judged_{{ kind }}_pieces as (
        select
            *,
            max(case when place = 0 then value end) over (partition by cell, country_code) as whole_value
        from normalised_{{ kind }}_pieces
    ),

    -- a cell that can be read as a whole is one value
    {{ kind }}_values as (
        select
            pieces.cell,
            pieces.country_code,
            pieces.value,
            min(pieces.place) as place,
            count(blocklist.pattern) > 0 as is_blocklisted
        from judged_{{ kind }}_pieces as pieces
        left join {{ ref('identifier_blocklist') }} as blocklist
            on
                blocklist.identifier_type = '{{ kind }}'
                and pieces.value like blocklist.pattern
        where
            pieces.value is not null
            and (pieces.place = 0 or pieces.whole_value is null)
        group by
            pieces.cell,
            pieces.country_code,
            pieces.value
    )
{%- endmacro %}

{# One value per cell: the first usable one, else the first; is_whole_cell is true if the cell contains nothing else. #}
{% macro first_contact_values(kind) -%}
    ranked_{{ kind }}_values as (
        select
            odd_{{ kind }}_cells.cell,
            odd_{{ kind }}_cells.country_code,
            {{ kind }}_values.value,
            coalesce({{ kind }}_values.place = 0, false) as is_whole_cell,
            row_number() over (
                partition by odd_{{ kind }}_cells.cell, odd_{{ kind }}_cells.country_code
                order by {{ kind }}_values.is_blocklisted asc nulls last, {{ kind }}_values.place asc nulls last
            ) as value_rank
        from odd_{{ kind }}_cells
        left join {{ kind }}_values
            on
                odd_{{ kind }}_cells.cell = {{ kind }}_values.cell
                and odd_{{ kind }}_cells.country_code = {{ kind }}_values.country_code
    ),

    first_{{ kind }}_values as (
        select * from ranked_{{ kind }}_values
        where value_rank = 1
    )
{%- endmacro %}

{# The value of a row's cell; join_contact_values must have joined the values of odd cells. #}
{% macro contact_value(kind, cells) -%}
    case
        when first_{{ kind }}_values.cell is not null then first_{{ kind }}_values.value
        else {{ plain_contact_value(kind, cells) }}
    end
{%- endmacro %}

{# The value of a cell that is not odd. #}
{% macro plain_contact_value(kind, cells) -%}
    {{
        mailbox('lower(' ~ cells ~ '.email_text)') if kind == 'email'
        else cells ~ '.plain_phone'
    }}
{%- endmacro %}

{% macro join_contact_values(kind, cells) -%}
    left join first_{{ kind }}_values
        on
            {{ cells }}.{{ kind }}_text = first_{{ kind }}_values.cell
    {%- if kind == 'phone' %}
            and {{ cells }}.phone_country_code = first_phone_values.country_code
    {%- endif %}
{%- endmacro %}

{# Whether a cell may contain anything but one plain value: not a plain email, or long enough for two phone numbers. #}
{% macro is_odd_contact_cell(kind, cell) -%}
    {%- if kind == 'email' -%}
        not {{ full_match('lower(' ~ cell ~ ')', plain_email_pattern()) }}
    {%- else -%}
        length({{ cell }}) >= 15
    {%- endif -%}
{%- endmacro %}
