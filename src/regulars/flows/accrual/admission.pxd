cimport cython
from regulars.flows.accrual.item cimport Item as CItem

cdef class Admission:
    cdef public object batch, first_event_id
    cdef public list member_of, order_keys, status
    cdef public dict repeats
    @cython.locals(item=CItem)
    cdef object _all_fresh(self)
