{#
  Can two records be one person? Two steps, so that each pair of names is compared once: `name_comparisons` gives the
  columns of a comparison, `names_fit` and `contradiction` read them. It compares int_identity__representatives with
  itself: `one`, and `other`, which has the fuller name (the lower name_level; of equal levels either may be `other`).
#}
{% macro name_comparisons() -%}
    one.name_level,
    other.name_level as other_name_level,
    one.birth_date,
    other.birth_date as other_birth_date,
    one.surname is null as has_no_surname,
    one.is_known_first_name and other.is_known_first_name as are_known_first_names,
    -- the other forms of a first name are its short and long forms, and their initials
    name_forms.form is not null as is_name_form,
    one.given_name = other.given_name as is_same_given_name,
    one.given_name_core = other.given_name_core as is_same_given_name_core,
    {{ is_similar('one.given_name', 'other.given_name') }} as is_similar_given_name,
    {{ is_similar('one.surname', 'other.surname') }} as is_similar_surname,
    {{ is_similar('one.surname_core', 'other.surname_core') }} as is_similar_surname_core,
    -- either may have first and last name swapped; two known first names are never typos of each other
    {{ is_swapped_name('one', 'other') }} as is_given_name_its_surname,
    {{ is_swapped_name('other', 'one') }} as is_surname_its_given_name,
    {{ is_first_name('one.surname', 'one.is_surname_a_first_name', 'other') }} as is_surname_its_first_name,
    {{ is_first_name('other.surname', 'other.is_surname_a_first_name', 'one') }} as is_first_name_its_surname,
    one.is_known_first_name,
    other.is_known_first_name as is_other_known_first_name,
    one.initials like other.initials || '%' or other.initials like one.initials || '%' as do_initials_fit,
    substr(one.initials, 1, 1) = substr(other.given_name, 1, 1) as does_initial_fit_given_name,
    substr(one.initials, 1, 1) = substr(other.surname, 1, 1) as does_initial_fit_surname,
    substr(one.given_name, 1, 1) = substr(other.initials, 1, 1) as does_given_name_fit_initial
{%- endmacro %}

{% macro is_name_form() -%}
    other.given_name = name_forms.given_name and one.compared_name = name_forms.form
{%- endmacro %}

{# The columns of int_identity__representatives that `name_comparisons` reads. #}
{% macro compared_columns() -%}
    {{ return([
        'name_level', 'given_name', 'given_name_core', 'initials', 'surname', 'surname_core', 'compared_name',
        'is_known_first_name', 'is_surname_a_first_name', 'birth_date',
    ]) }}
{%- endmacro %}

{# Members of groups as they are compared: of each group (`keys`) the records that have one name and birth date once. #}
{% macro described_members(memberships, keys) -%}
    select
        {%- for key in keys %}
        memberships.{{ key }},
        {%- endfor %}
        {%- for column in compared_columns() %}
        representatives.{{ column }},
        {%- endfor %}
        min(representatives.representative_number) as representative_number
    from {{ memberships }} as memberships
    inner join {{ ref('int_identity__representatives') }} as representatives
        on memberships.representative_number = representatives.representative_number
    where
        representatives.name_level < 4
        or representatives.birth_date is not null
    group by
        {%- for key in keys %}
        memberships.{{ key }},
        {%- endfor %}
        {%- for column in compared_columns() %}
        representatives.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{# Compares the described members of each group (`keys`) with each other, every pair once. #}
{% macro member_comparisons(members, keys, condition='true') -%}
    select
        {%- for key in keys %}
        one.{{ key }},
        {%- endfor %}
        one.representative_number,
        other.representative_number as other_representative_number,
        {{ name_comparisons() }}
    from {{ members }} as one
    inner join {{ members }} as other
        on
            {%- for key in keys %}
            one.{{ key }} = other.{{ key }} and
            {%- endfor %}
            {{ condition }}
            and {{ has_fuller_name('other', 'one') }}
    left join {{ ref('int_identity__name_forms') }} as name_forms on {{ is_name_form() }}
{%- endmacro %}

{# Whether a record has a fuller name than another one or, at equal levels, is the older of the two. #}
{% macro has_fuller_name(fuller, other) -%}
    (
        {{ fuller }}.name_level < {{ other }}.name_level
        or (
            {{ fuller }}.name_level = {{ other }}.name_level
            and {{ fuller }}.representative_number < {{ other }}.representative_number
        )
    )
{%- endmacro %}

{% macro is_similar(one, other) -%}
    case when {{ one }} = {{ other }} then true else {{ one_typo(one, other) }} end
{%- endmacro %}

{# Is the first name of one record the last name of the other? As cases, which stop at the first that applies. #}
{% macro is_swapped_name(one, other) -%}
    case
        when {{ one }}.given_name = {{ other }}.surname then true
        when {{ one }}.given_name_core = {{ other }}.surname_core then true
        when {{ one }}.is_known_first_name and {{ other }}.is_surname_a_first_name then false
        when {{ one_typo(one ~ '.given_name', other ~ '.surname') }} then true
        else {{ one_typo(one ~ '.given_name_core', other ~ '.surname_core') }}
    end
{%- endmacro %}

{# Is a name from the last-name column the first name of the other record? #}
{% macro is_first_name(surname, is_known, other) -%}
    case
        when {{ surname }} = {{ other }}.given_name then true
        when {{ is_known }} and {{ other }}.is_known_first_name then false
        else {{ one_typo(surname, other ~ '.given_name') }}
    end
{%- endmacro %}

{# Do the names fit? By the levels of both: full name (1), an initial and a last name (2), one name (3), none (4). #}
{% macro names_fit() -%}
    coalesce(
        case
            when name_level = 4 then true
            when name_level = 3
                then case other_name_level
                    when 1 then {{ do_given_names_fit() }} or is_given_name_its_surname
                    when 2 then is_given_name_its_surname or (has_no_surname and does_given_name_fit_initial)
                    else {{ do_given_names_fit() }}
                        or is_same_given_name_core
                        or (is_similar_surname_core and not are_known_first_names)
                end
            when other_name_level = 2 then do_initials_fit and {{ do_surnames_fit() }}
            when name_level = 2
                then ((does_initial_fit_given_name or is_name_form) and {{ do_surnames_fit() }})
                    or (does_initial_fit_surname and is_surname_its_given_name)
            else ({{ do_given_names_fit() }} and {{ do_surnames_fit() }})
                or (is_given_name_its_surname and is_surname_its_first_name)
                or (is_surname_its_given_name and is_first_name_its_surname)
        end, false
    )
{%- endmacro %}

{% macro do_given_names_fit() -%}
    (is_same_given_name or is_name_form or (is_similar_given_name and not are_known_first_names))
{%- endmacro %}

{% macro do_surnames_fit() -%}
    (is_similar_surname or is_similar_surname_core)
{%- endmacro %}

{#
  Why two records cannot be one person, whatever they share; null if they can. The same birth date and a compatible
  first name suffice for full names: people marry. A known first name shows where first and last name are swapped.
#}
{% macro contradiction() -%}
    case
        when {{ birth_dates_contradict('birth_date', 'other_birth_date') }} then 'birth_dates_differ'
        when {{ names_fit() }} then null
        when name_level = 1
            and birth_date = other_birth_date
            and (
                {{ do_given_names_fit() }}
                or (is_other_known_first_name and is_surname_its_first_name)
                or (is_known_first_name and is_first_name_its_surname)
            )
            then null
        else 'names_differ'
    end
{%- endmacro %}

{# Both filled, and further apart than one wrong digit or a swap of day and month. #}
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
