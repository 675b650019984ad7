with
{{ read_source('webshop.sessions') }},

{{ judge_rows('webshop.sessions') }}
