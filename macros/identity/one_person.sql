{#
  Can two records be one person? Both are rows of int_identity__carriers, `richer` the one of the lower name_level
  (equal levels in any order), joined with name_forms as `name_form_of(poorer, richer)` says.
#}
{% macro names_fit(poorer, richer) -%}
    case
        when {{ poorer }}.name_level = 4 then true
        when {{ poorer }}.name_level = 3
            then case {{ richer }}.name_level
                when 1 then {{ given_names_fit(poorer, richer) }} or {{ one_name_is_surname(poorer, richer) }}
                when 2 then {{ one_name_is_surname(poorer, richer) }} or (
                    {{ poorer }}.surname is null
                    and substr({{ poorer }}.given_name, 1, 1) = substr({{ richer }}.initials, 1, 1)
                )
                -- of two names that may be first names both known ones are two people; a last name shows by its tussenvoegsels
                else {{ given_names_fit(poorer, richer) }}
                    or {{ poorer }}.surname_core = {{ richer }}.surname_core
                    or (
                        not ({{ poorer }}.is_known_first_name and {{ richer }}.is_known_first_name)
                        and {{ one_typo(poorer ~ '.surname_core', richer ~ '.surname_core') }}
                    )
            end
        when {{ richer }}.name_level = 2
            then (
                {{ poorer }}.initials like {{ richer }}.initials || '%'
                or {{ richer }}.initials like {{ poorer }}.initials || '%'
            ) and {{ surnames_fit(poorer, richer) }}
        when {{ poorer }}.name_level = 2
            then (
                (
                    substr({{ poorer }}.initials, 1, 1) = substr({{ richer }}.given_name, 1, 1)
                    or name_forms.form is not null
                ) and {{ surnames_fit(poorer, richer) }}
            ) or (
                -- first and last name swapped
                substr({{ poorer }}.initials, 1, 1) = substr({{ richer }}.surname, 1, 1)
                and (
                    {{ similar(poorer ~ '.surname', richer ~ '.given_name') }}
                    or {{ similar(poorer ~ '.surname_core', richer ~ '.given_name_core') }}
                )
            )
        when {{ poorer }}.given_name = {{ richer }}.given_name and {{ poorer }}.surname = {{ richer }}.surname then true
        when {{ surnames_fit(poorer, richer) }} and {{ given_names_fit(poorer, richer) }} then true
        else {{ is_swapped(poorer, richer) }} or {{ is_swapped(richer, poorer) }}
    end
{%- endmacro %}

{# Why two records cannot be one person, wherever they meet; null when they can. #}
{% macro contradiction(poorer, richer) -%}
    case
        when {{ birth_dates_contradict(poorer ~ '.birth_date', richer ~ '.birth_date') }} then 'birth_dates_differ'
        when not ({{ names_fit(poorer, richer) }} or {{ same_birth_and_first_name(poorer, richer) }}) then 'names_differ'
    end
{%- endmacro %}

{#
  Two full names of one birth date whose last names may differ, as after a marriage: enough where a contact value is
  shared. With first and last name swapped in one of them, only a known first name tells which of the two it is.
#}
{% macro same_birth_and_first_name(poorer, richer) -%}
    coalesce(
        {{ poorer }}.name_level = 1
        and {{ richer }}.name_level = 1
        and {{ poorer }}.birth_date = {{ richer }}.birth_date
        and (
            {{ given_names_fit(poorer, richer) }}
            or ({{ richer }}.is_known_first_name and {{ surname_is_first_name(poorer, richer) }})
            or ({{ poorer }}.is_known_first_name and {{ surname_is_first_name(richer, poorer) }})
        ), false
    )
{%- endmacro %}

{# The other forms of the richer record's first name: short and long forms, and their initials. #}
{% macro name_form_of(poorer, richer) -%}
    {{ richer }}.given_name = name_forms.given_name
    and {{ poorer }}.compared_name = name_forms.form
{%- endmacro %}

{# Two known first names are two people, never a typo of each other. #}
{% macro given_names_fit(poorer, richer) -%}
    (
        {{ poorer }}.given_name = {{ richer }}.given_name
        or name_forms.form is not null
        or (
            not ({{ poorer }}.is_known_first_name and {{ richer }}.is_known_first_name)
            and {{ one_typo(poorer ~ '.given_name', richer ~ '.given_name') }}
        )
    )
{%- endmacro %}

{# Has `swapped` its first and last name the wrong way round, compared with `other`? #}
{% macro is_swapped(swapped, other) -%}
    (
        {{ surname_is_first_name(swapped, other) }}
        and (
            {{ similar(swapped ~ '.given_name', other ~ '.surname') }}
            or {{ similar(swapped ~ '.given_name_core', other ~ '.surname_core') }}
        )
    )
{%- endmacro %}

{% macro surname_is_first_name(swapped, other) -%}
    (
        {{ swapped }}.surname = {{ other }}.given_name
        or (
            not ({{ swapped }}.is_surname_a_first_name and {{ other }}.is_known_first_name)
            and {{ one_typo(swapped ~ '.surname', other ~ '.given_name') }}
        )
    )
{%- endmacro %}

{% macro surnames_fit(one, other) -%}
    (
        {{ similar(one ~ '.surname', other ~ '.surname') }}
        or {{ similar(one ~ '.surname_core', other ~ '.surname_core') }}
    )
{%- endmacro %}

{% macro one_name_is_surname(poorer, richer) -%}
    (
        {{ similar(poorer ~ '.given_name', richer ~ '.surname') }}
        or {{ similar(poorer ~ '.surname_core', richer ~ '.surname_core') }}
    )
{%- endmacro %}

{% macro similar(one, other) -%}
    ({{ one }} = {{ other }} or {{ one_typo(one, other) }})
{%- endmacro %}

{# Both filled, and more apart than one wrong digit or day and month swapped. #}
{% macro birth_dates_contradict(one, other) -%}
    coalesce(
        {{ one }} <> {{ other }}
        and levenshtein(cast({{ one }} as string), cast({{ other }} as string)) > 1
        and not (
            extract(year from {{ one }}) = extract(year from {{ other }})
            and extract(month from {{ one }}) = extract(day from {{ other }})
            and extract(day from {{ one }}) = extract(month from {{ other }})
        ),
        false
    )
{%- endmacro %}

{# What two records are compared by: the columns of int_identity__carriers that these macros read. #}
{% macro compared_columns() -%}
    {{ return([
        'name_level', 'given_name', 'given_name_core', 'initials', 'surname', 'surname_core', 'compared_name',
        'is_known_first_name', 'is_surname_a_first_name', 'birth_date',
    ]) }}
{%- endmacro %}
