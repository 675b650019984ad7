"""A made-up company to try klant360 on: three systems, realistic dirt, and the truth beside it."""
