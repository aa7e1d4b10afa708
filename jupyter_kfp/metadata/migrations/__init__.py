"""Changes of the database's schema, numbered; a released one is never edited."""
