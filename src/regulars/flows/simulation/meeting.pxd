from regulars.flows.accrual.work cimport Work as CWork

cpdef object alike(CWork one, CWork other)
cdef object _paid_alike(dict mine, dict yours)

cdef class Meeting:
    cdef public CWork base, draft
    cdef public object others, passed
    cdef list balances
    cdef dict entries, lots
    cpdef object catch_up(self, object others, object to_go_on)
    cdef object _go_on(self, dict paid)
