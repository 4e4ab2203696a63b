-- transfer_of_nobody_s_account --
-- Transfer of nobody's account.
UPDATE ledger.transfer
    SET credit_account_id = 9999
    WHERE id = (SELECT min(id)
    FROM ledger.transfer);

-- another_amount --
-- Another amount.
UPDATE ledger.transfer
    SET amount = amount + 1
    WHERE id = (SELECT max(id)
    FROM ledger.transfer
    WHERE kind = 5);

-- a_transfer_deleted --
-- A transfer deleted.
DELETE
    FROM ledger.transfer
    WHERE id = (SELECT max(id)
    FROM ledger.transfer
    WHERE kind = 12);

-- a_wallet_one_up --
-- A wallet one up.
UPDATE ledger.purse
    SET balances[1] = balances[1] + 1
    WHERE member_id = (SELECT min(member_id)
    FROM ledger.purse);

-- a_lot_one_up --
-- A lot one up.
UPDATE ledger.lot
    SET remaining = remaining - 1
    WHERE id = (SELECT max(id)
    FROM ledger.lot
    WHERE remaining > 0);

-- a_draw_of_another_amount --
-- A draw of another amount.
UPDATE ledger.draw
    SET amount = amount + 1
    WHERE transfer_id = (SELECT max(transfer_id)
    FROM ledger.draw);

-- a_hold_of_another_amount --
-- A hold of another amount.
UPDATE ledger.hold
    SET amount = amount + 1
    WHERE status = 'open';

-- a_hold_captured_on_paper --
-- A hold captured on paper.
UPDATE ledger.hold
    SET status = 'captured', captured = amount, closed_at = now()
    WHERE status = 'voided';

-- a_debt_out_of_nothing --
-- A debt out of nothing.
UPDATE ledger.purse
    SET debts = '{3}', debt_max = 5
    WHERE member_id = (SELECT min(member_id)
    FROM ledger.purse);

-- a_spend_returned_twice --
-- A spend returned twice.
UPDATE ledger.transfer
    SET amount = amount + 100
    WHERE kind = 6;

-- a_purse_lost --
-- A purse lost.
DELETE
    FROM ledger.purse
    WHERE member_id = (SELECT max(member_id)
    FROM ledger.purse);

-- an_identity_of_nothing --
-- An identity of nothing.
INSERT INTO events.identity
    VALUES ((SELECT id
    FROM programs.program), 1, gen_random_uuid(), gen_random_uuid(), 1, 77);

-- an_event_that_nobody_sent --
-- An event that nobody sent.
INSERT INTO events.event
    SELECT 64, 5, id, 1, 0, 'X', now(), now(), '{"key":"m-1"}', '{}'
    FROM programs.program;

-- a_grant_that_was_never_posted --
-- A grant that was never posted.
INSERT INTO events.event
    SELECT 64, 5, id, 1, 0, 'X', now(), now(), '{}', '{"granted":[[6,1,1,10,[]]]}'
    FROM programs.program;

-- an_award_without_its_event --
-- An award without its event.
UPDATE ledger.transfer
    SET event_id = 5, ruleset_version = 1
    WHERE id = (SELECT min(id)
    FROM ledger.transfer);
