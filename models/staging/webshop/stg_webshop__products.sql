{{ accepted_rows('webshop.products') }}
