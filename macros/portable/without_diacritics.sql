{#
  A text in lower case whose Latin letters are a to z: é is e, ß is ss, ø is o, ĳ is ij. Other scripts keep their own.
  Cases: tests/python/test_normalisation.py.
#}
{% macro without_diacritics(text) -%}
    {{ adapter.dispatch('without_diacritics', 'klant360')(text) }}
{%- endmacro %}

{#
  Most texts have nothing to drop: as many bytes as characters. strip_accents would drop the vowels of Thai and Hindi,
  so it reads texts up to Cyrillic only.
#}
{% macro default__without_diacritics(text) -%}
    {%- set bare = 'case when ' ~ full_match(text, '[\x01-\u052f\u1e00-\u206f]*')
        ~ ' then strip_accents(lower(' ~ text ~ ')) else lower(' ~ text ~ ') end' -%}
    case
        when strlen({{ text }}) = length({{ text }}) then lower({{ text }})
        else {{ with_letters_spelled_out('translate(' ~ bare ~ ", 'øłđðıħŧəς', 'olddihteσ')") }}
    end
{%- endmacro %}

{# Spark has no strip_accents: the letters of Western and Eastern Europe, and separate combining accents. #}
{% macro spark__without_diacritics(text) -%}
    {%- set accented = 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżžșț'
        ~ 'ǿάέήίόύώϊϋΐΰйёїўøłđðıħŧəς' -%}
    {%- set plain = 'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzzst'
        ~ 'oαεηιουωιυιυиеіуolddihteσ' -%}
    {%- set bare = replace_all('lower(' ~ text ~ ')', '[\u0300-\u036f]+', '') -%}
    {{ with_letters_spelled_out("translate(" ~ bare ~ ", '" ~ accented ~ "', '" ~ plain ~ "')") }}
{%- endmacro %}

{% macro with_letters_spelled_out(text) -%}
    {%- set spelled = namespace(sql=text) -%}
    {%- set spellings = {'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ĳ': 'ij', 'ﬁ': 'fi', 'ﬂ': 'fl'} -%}
    {%- for letter, letters in spellings.items() -%}
        {%- set spelled.sql = "replace(" ~ spelled.sql ~ ", '" ~ letter ~ "', '" ~ letters ~ "')" -%}
    {%- endfor -%}
    {{ spelled.sql }}
{%- endmacro %}
