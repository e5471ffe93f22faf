"""An edition: all tables of one data version, built, released together and stored once."""
