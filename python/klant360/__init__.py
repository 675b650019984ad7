"""klant360: one trusted picture of each customer, from CRM, webshop and service-desk data."""
