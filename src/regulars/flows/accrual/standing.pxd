from regulars.flows.accrual.decided cimport Decided as CDecided
from regulars.flows.accrual.work cimport Work as CWork

cpdef object feed_tiers(CDecided decided, CWork work, object event, object local)
cpdef list assess_tiers(CDecided decided, CWork work, object moment)
cdef object _assess_one(CWork work, object track, object changed_day)
