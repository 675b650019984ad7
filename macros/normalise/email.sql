{#
  An email address as it is compared: lower case, without `mailto:`, a name around it or punctuation at its ends; null
  when it is not an address. It may contain letters of any script. The vars ignore_email_tags and ignore_gmail_dots read
  jan+shop@ and j.an@gmail.com as jan@. Cases: tests/python/test_normalisation.py.
#}
{% macro normalised_email(email) -%}
    {%- set address = 'lower(' ~ email ~ ')' -%}
    {%- set cleaned = replace_all(address, '^(?:[^<]*<)?(?: *mailto:)? *|[ .,;]*(?:>[^>]*)?$', '') -%}
    case
        when {{ full_match(address, plain_email_pattern()) }} then {{ mailbox(address) }}
        when {{ full_match(cleaned, plain_email_pattern()) }} then {{ mailbox(cleaned) }}
    end
{%- endmacro %}

{% macro plain_email_pattern() -%}
    [^@ ,:;<>.][^@ ,:;<>]*@[^@ ,:;<>.|/]+(?:[.][^@ ,:;<>.|/]+)+
{%- endmacro %}

{# The mailbox that mail to an address arrives in, as far as the vars ask for it. #}
{% macro mailbox(address) -%}
    {%- set untagged = address -%}
    {%- if var('ignore_email_tags') -%}
        {%- set untagged = "case when " ~ address ~ " like '+%' then " ~ address ~ " else "
            ~ replace_all(address, '[+][^@]*@', '@') ~ " end" -%}
    {%- endif -%}
    {%- if var('ignore_gmail_dots') -%}
        case
            when {{ address }} like '%@gmail.com' or {{ address }} like '%@googlemail.com'
                then replace(split_part({{ untagged }}, '@', 1), '.', '') || '@gmail.com'
            else {{ untagged }}
        end
    {%- else -%}
        {{ untagged }}
    {%- endif -%}
{%- endmacro %}
