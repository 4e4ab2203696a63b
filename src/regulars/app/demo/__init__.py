"""A real year of a real shop, as a loyalty program: what `regulars demo` shows.

In reading order: `rows` (the file) → `invoices` (what each row is) → `products`, `matching` → `messages`
(what the shop sends)
→ `load` (through the intake, over HTTP) → `findings` (what came of it). Nothing here writes points: the
rules do.
"""
