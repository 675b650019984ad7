{#
  A phone number as E.164 (`+31612345678`); null if no such number is possible, or it is one digit repeated.
  `country` is a row of the seed countries, by which a number without a country code is read. Anything before the number
  is dropped, and everything from the first letter after it: an extension or a remark.
  Cases, and a comparison with the package phonenumbers: tests/python/test_normalisation.py.
#}
{% macro normalised_phone(phone, country) -%}
    {%- set digits = replace_all(phone, '^[^0-9+]+|[A-Za-z#;](?s:.)*|[^0-9+A-Za-z#;]+', '') -%}
    {%- set number = replace_by_groups(international_number(digits, country), calling_code_and_trunk_zero(), '\\1') -%}
    case
        when {{ full_match(number, possible_phone_number()) }}
            and not {{ full_match(number, repeated_digit()) }}
            then {{ number }}
    end
{%- endmacro %}

{% macro international_number(digits, country) -%}
    case
        when {{ digits }} like '+%' then {{ digits }}
        when {{ digits }} like '00%' then '+' || substr({{ digits }}, 3)
        when {{ digits }} like '011%' and {{ country }}.calling_code = '1' then '+' || substr({{ digits }}, 4)
        -- a prefix other than zero, and a calling code, may also be the first digits of the number itself
        when {{ digits }} like {{ country }}.trunk_prefix || '%'
            and ({{ digits }} like '0%' or length({{ digits }}) > {{ country }}.usual_length)
            then '+' || {{ country }}.calling_code || substr({{ digits }}, length({{ country }}.trunk_prefix) + 1)
        when {{ digits }} like {{ country }}.calling_code || '%' and length({{ digits }}) > {{ country }}.usual_length
            then '+' || {{ digits }}
        else '+' || {{ country }}.calling_code || {{ digits }}
    end
{%- endmacro %}
