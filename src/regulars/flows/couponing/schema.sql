-- order: 66
-- What rules issue is carried out beside the hot path; how far corrections of orders have been looked at.
CREATE SCHEMA couponing;

CREATE TABLE couponing.progress (
    name       text        PRIMARY KEY,
    seen_until timestamptz NOT NULL
);
COMMENT ON TABLE couponing.progress IS 'Up to when (posting time) corrected orders have been looked at for vouchers and tickets to take back, or to give again. local';

CREATE INDEX accrual_effect_to_carry_out ON accrual.effect (member_id, id)
    WHERE status = 'recorded' AND kind IN ('issue_voucher', 'enter_draw');
CREATE INDEX accrual_corrected_order_by_time ON accrual.corrected_order (corrected_at);
