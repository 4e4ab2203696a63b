cdef class Tally:
    cdef public dict flat
    cdef public list gains, losses
    cpdef list leaf(self, tuple path, object width=*)
    cpdef object add(self, tuple path, object place, object amount, object width=*)
    cpdef object extreme(self, object member_id, object base, object draft)
