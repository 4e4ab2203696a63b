"""Values without a world: ids, points, money, calendars, cursors, refusals. No clock, no input, no output."""
