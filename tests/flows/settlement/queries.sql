-- insert_redemption --
-- A redemption in a store, confirmed by a spend.
INSERT INTO redemption.redemption (member_id, id, program_id, reward_id, reward_version, status, quantity, point_type_id, points, money,
                                   payer_id, spend_id, store, price, claims, created_at, expires_at, confirmed_at)
     VALUES (%(member_id)s, %(spend_id)s + 1, %(program_id)s, 1, 1, 'confirmed', 1, %(point_type_id)s, %(points)s, 0,
             %(member_id)s, %(spend_id)s, %(store)s, '{}', '[]', %(now)s, %(now)s, %(now)s);

-- next_batch --
-- A number of a batch, taken by a transaction that is still open.
SELECT nextval('events.batch_id_seq');
