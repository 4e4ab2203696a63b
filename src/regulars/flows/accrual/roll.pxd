cimport cython
from regulars.flows.accrual.item cimport Item as CItem

cdef class Roll:
    cdef public object book, strangers
    cdef public list items, order_keys
    cdef public set corrected, customers, looked_up, ordered, others
    @cython.locals(item=CItem)
    cpdef object call(self, list items, object as_they_are=*)

cpdef object order_key_of(object event, object book)

cdef class Resolution:
    cdef public dict known, members
    cpdef object member_of(self, CItem item, tuple order)

@cython.locals(item=CItem)
cpdef list owners(Roll roll, Resolution resolution, dict orders)
