-- spending_blocked --
-- Forbid a member to spend.
UPDATE members.member SET spending_blocked = true WHERE id = %(member_id)s;
