{{ accepted_rows('webshop.sessions') }}
