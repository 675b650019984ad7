with
{{ read_source('webshop.accounts') }},

{{ judge_rows('webshop.accounts') }}
