-- order: 90
-- Which tables' changes are noted in the log: one line each. A test asks of every reference table to stand here, or to
-- be named there with the reason why not.
SELECT audit.watch('programs.program', '{revision}');
SELECT audit.watch('programs.partner');
SELECT audit.watch('programs.store');
SELECT audit.watch('programs.source');
SELECT audit.watch('programs.point_type');
SELECT audit.watch('programs.credential', '{last_used_at}', '{secret_hash}');
SELECT audit.watch('catalog.product', '{updated_at}');
SELECT audit.watch('rulesets.rule', '{revision,updated_at}');
SELECT audit.watch('rulesets.part', '{revision,updated_at}');
SELECT audit.watch('rulesets.version', '{}', '{document}');
SELECT audit.watch('tiers.tier_set');
SELECT audit.watch('webhooks.endpoint', '{revision,failures,failing_since,rest_until}');
SELECT audit.watch('webhooks.secret', '{}', '{secret}');
SELECT audit.watch('jobs.schedule', '{last_tick,next_tick}');
SELECT audit.watch('rewards.reward');
SELECT audit.watch('rewards.version');
SELECT audit.watch('vouchers.definition', '{uses,uses_total,updated_at}');
SELECT audit.watch('draws.draw', '{plays,places,updated_at}', '{seed,salt}');
SELECT audit.watch('partners.agreement', '{changed_at}');
SELECT audit.watch('partners.terms', '{changed_at}');
SELECT audit.watch('partners.template', '{changed_at}');
SELECT audit.watch('partners.treasury', '{changed_at}');
SELECT audit.watch('partners.task');
SELECT audit.watch('settlement.statement');
SELECT audit.watch('settlement.dispute');
SELECT audit.watch('settlement.netting');
SELECT audit.watch('staff.person', '{totp_step}', '{password_hash,totp_secret}');
SELECT audit.watch('staff.assignment');
SELECT audit.watch('staff.passkey', '{sign_count,last_used_at}', '{credential_id,public_key}');
SELECT audit.watch('staff.recovery_code', '{}', '{code_hash}');
SELECT audit.watch('staff.identity_provider', '{}', '{client_secret}');
SELECT audit.watch('staff.identity');
SELECT audit.watch('members.attribute', '{}', '{}', true);
SELECT audit.watch('members.member', '{revision,updated_at}', '{birthday,attributes}', true);
SELECT audit.watch('members.identifier', '{}', '{value}', true);
SELECT audit.watch('members.profile', '{updated_at}', '{first_name,last_name,email,phone,gender,address,name_key}', true);
