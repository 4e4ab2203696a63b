from regulars.core.ledger.model cimport Lot as CLot, Purse as CPurse

cpdef object pg_time(object at)
cpdef bytes award_row(CPurse purse, object transfer_id, object point_type_id, object debit_account_id, object credit_account_id, object amount, object kind, object cause)
cpdef bytes lot_row(CLot lot)
