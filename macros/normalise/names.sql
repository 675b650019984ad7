{#
  The words of a name as it is compared: a to z (other scripts keep their letters), separated by one space, without
  titles. Null if no letter is left. Cases of all four macros: tests/python/test_normalisation.py.
#}
{% macro name_words(name) -%}
    {#- punctuation, digits, symbols, and the invisible marks that come with copied text -#}
    {%- set between = "[\t\n\x0b\x0c\r -`{-\xbf\xd7\xf7ʰ-˿\u2000-\u2bff\u3000-\u3004\u30fb\ufe00-\ufe0f\ufeff🀀-🫿]+" -%}
    {%- set titles = 'dhr|heer|mevr|mevrouw|mw|mr|mrs|ms|drs|dr|ir|ing|prof|ds|herr|frau|jr|sr' -%}
    {%- set words = 'trim(' ~ replace_all(without_diacritics(name), between, ' ') ~ ')' -%}
    case
        when {{ words }} like '% %' then {{ replace_all(words, '^(?:(?:' ~ titles ~ ') )+|(?: (?:jr|sr))+$', '') }}
        else nullif({{ words }}, '')
    end
{%- endmacro %}

{#
  A last name in spoken order, without the spouse's: `Berg, van den` is `van den Berg`, `Bos e/v Smit`
  is `Bos`. A double name (`Jansen-de Vries`) is a separate name: nothing shows which half is the birth name.
#}
{% macro spoken_last_name(last_name) -%}
    {%- set spouse = '(?i) (?:[ew][/.]? ?v[.]?|echtgenote van|weduwe van|geb[.]?|geboren) (?s:.)*' -%}
    {%- set own = replace_all(last_name, spouse, '') -%}
    case
        when {{ last_name }} like '%,%' then split_part({{ own }}, ',', 2) || ' ' || split_part({{ own }}, ',', 1)
        when {{ last_name }} like '% % %' then {{ own }}
        else {{ last_name }}
    end
{%- endmacro %}

{#
  Words without leading tussenvoegsels (or trailing ones, as in `berg van den`) and without spaces; the last word when
  all are tussenvoegsels.
#}
{% macro name_core(words) -%}
    {%- set prefixes = 'v|vd|van|vande|vanden|vander|von|vom|zu|zum|zur|de|den|der|des|het|t|s|d|l|te|ten|ter|tot|in|op'
        ~ '|aan|bij|onder|over|uit|voor|auf|am|af|la|le|les|las|los|du|da|das|do|dos|del|della|di|el|al' -%}
    case
        when {{ words }} like '% %'
            then replace(
                {{ replace_all(words, '^(?:(?:' ~ prefixes ~ ') )+|(?: (?:' ~ prefixes ~ '))+$', '') }}, ' ', ''
            )
        else {{ words }}
    end
{%- endmacro %}

{#
  True when the words of a first name are initials: single letters, or two or three without a vowel (`JP`). Latin, Greek
  and Cyrillic only: in Chinese or Korean one letter is a name.
#}
{% macro is_initials(words) -%}
    {%- set initials = '(?:[a-zͰ-ӿ]|[b-df-hj-np-tv-xz]{2,3})' -%}
    {{ full_match(words, initials ~ '(?: ' ~ initials ~ ')*') }}
{%- endmacro %}
