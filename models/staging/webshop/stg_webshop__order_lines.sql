{{ accepted_rows('webshop.order_lines') }}
