{# The keyed hash that a request is known by: nobody can tell from it whom it means without the secret. #}
{% macro request_hash(requested_by, value) -%}
    sha256({{ id_salt() }} || '|' || {{ requested_by }} || '|' || {{ value }})
{%- endmacro %}

{# What a request goes by: the customer number where it names one. #}
{% macro asked_by(row) -%}
    case when {{ row }}.customer_number is null then 'email' else 'customer_number' end
{%- endmacro %}

{# The hash of a request as it was asked; an email that is none is hashed as it stands. #}
{% macro asked_hash(row) -%}
    {%- set email = row ~ '.email' -%}
    {{ request_hash(
        asked_by(row),
        'coalesce(' ~ row ~ '.customer_number, ' ~ normalised_email(email) ~ ', lower(' ~ email ~ '))'
    ) }}
{%- endmacro %}
