{# An email address as it is compared: lower case, without `mailto:` and dots at the end; null when it is none. #}
{% macro normalised_email(email) -%}
    {%- set address = replace_all('lower(' ~ email ~ ')', '^mailto:|[.]+$', '') -%}
    case when {{ full_match(address, '[^@ ]+@[^@ ]+[.][^@ ]+') }} then {{ address }} end
{%- endmacro %}

{#
  A phone number as E.164 (`+31612345678`); null when it cannot be one, or is one digit repeated.
  `country` is a row of the seed countries: the one that a number without a country is read by.
#}
{% macro normalised_phone(phone, country) -%}
    {%- set without_extension = replace_all('lower(' ~ phone ~ ')', '(ext|tst|toestel|x|#).*$', '') -%}
    {%- set digits = replace_all('replace(' ~ without_extension ~ ", '(0)', '')", '[^0-9+]', '') -%}
    case
        when {{ full_match(international_number(digits, country), '[+][1-9][0-9]{7,14}') }}
            and replace(replace({{ digits }}, '+', ''), right({{ digits }}, 1), '') <> ''
            then {{ international_number(digits, country) }}
    end
{%- endmacro %}

{% macro international_number(digits, country) -%}
    case
        when {{ digits }} like '+%' then {{ digits }}
        when {{ digits }} like '00%' then '+' || substr({{ digits }}, 3)
        when {{ country }}.trunk_prefix is not null and {{ digits }} like {{ country }}.trunk_prefix || '%'
            then '+' || {{ country }}.calling_code || substr({{ digits }}, length({{ country }}.trunk_prefix) + 1)
        when length({{ digits }}) > 10 and {{ digits }} like {{ country }}.calling_code || '%'
            then '+' || {{ digits }}
        else '+' || {{ country }}.calling_code || {{ digits }}
    end
{%- endmacro %}
