"""The outside: time, the database, the web, jobs. No loyalty words in here."""
