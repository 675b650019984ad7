with
{{ read_source('webshop.products') }},

{{ judge_rows('webshop.products') }}
