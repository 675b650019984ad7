{# What the seed engagement_weights gives a weight: acts, and what is seen and searched in a session. #}
{% macro engagement_acts() -%}
    {{ return([
        'session', 'page_view', 'product_view', 'search', 'campaign_opened', 'campaign_clicked', 'survey_answer',
    ]) }}
{%- endmacro %}
