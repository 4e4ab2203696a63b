-- open_again --
-- Make an event set aside look as if nobody had noted that it was replayed.
UPDATE events.parked SET replayed_at = NULL WHERE id = %(id)s;
