from regulars.flows.accrual.decided cimport Decided as CDecided
from regulars.flows.accrual.work cimport Room as CRoom, Work as CWork

cdef object _decide_item(CDecided decided, object place)
cdef object _remember_order(CDecided decided, object place, object event, object row)
cpdef object rate(CDecided decided, CWork work, object event, object occurred_at, object event_id, object outcome=*, object moved=*)
cdef object _rate_one(CDecided decided, CWork work, object event, object occurred_at, object event_id, object outcome, object adopted=*)
cdef tuple _apply_rules(CDecided decided, CWork work, object event, object local, object version, object outcome)
cpdef object remember(CWork work, object version, object event, object local)
