"""One module per group of commands; each has `register(app)` and is listed in regulars.app.menu."""
