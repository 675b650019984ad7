with
{{ read_source('webshop.order_lines') }},

{{ judge_rows('webshop.order_lines') }}
