{#
  What is scored: per metric its score, the value that is ranked from worst to best (so recency by its negative), and the
  type of that value.
#}
{% macro rfm_metrics() -%}
    {{ return([
        {'name': 'recency_days', 'score': 'r_score', 'ranked': '-recency_days', 'type': 'bigint'},
        {'name': 'frequency', 'score': 'f_score', 'ranked': 'frequency', 'type': 'bigint'},
        {'name': 'monetary', 'score': 'm_score', 'ranked': 'monetary', 'type': 'decimal(18, 4)'},
    ]) }}
{%- endmacro %}

{% macro engagement_metrics() -%}
    {{ return([
        {'name': 'recency_days', 'score': 'r_score', 'ranked': '-recency_days', 'type': 'bigint'},
        {'name': 'frequency', 'score': 'f_score', 'ranked': 'frequency', 'type': 'bigint'},
        {'name': 'engagement', 'score': 'e_score', 'ranked': 'engagement', 'type': 'decimal(18, 4)'},
        {'name': 'duration_seconds', 'score': 'd_score', 'ranked': 'duration_seconds', 'type': 'bigint'},
    ]) }}
{%- endmacro %}
