{{ accepted_rows('service_desk.contacts') }}
