"""The engines: events, rules, ledger, measures. None knows another."""
