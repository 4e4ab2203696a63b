-- select_event_ids --
-- Every stored event.
SELECT id, member_id FROM events.event ORDER BY id;

-- select_transfer_ids --
-- Every transfer with its amount.
SELECT id, amount FROM ledger.transfer ORDER BY id;
