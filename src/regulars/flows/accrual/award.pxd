from regulars.flows.accrual.decided cimport Decided as CDecided
from regulars.flows.accrual.work cimport Work as CWork

cpdef list grant(CDecided decided, object to, list awards)
cdef list _credit_all(CDecided decided, object to, dict together)
cdef object _credit(CDecided decided, object to, object point_type, object account, object pending_days, list rules)
cpdef object rules_detail(object rules, object share_of=*)
cpdef object feed_points(CDecided decided, CWork work, object point_type, object amount, object day)
