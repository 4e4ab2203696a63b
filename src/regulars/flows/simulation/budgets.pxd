cdef class Budgets:
    cdef public object closes_at, demand
    cdef object _same_as, _draft, _at, _seen
    cdef dict _limits
    cdef list _noted
    cpdef object open(self, object at, object told, object book)
    cpdef object get(self, object key, object default=*)
    cpdef object keep(self)
    cdef object _note(self, object key, object hour, object used)
    cdef tuple _budgets_of(self, object version)
