{{ accepted_rows('service_desk.tickets') }}
