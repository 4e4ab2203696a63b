from regulars.core.ledger.model cimport Purse as CPurse

cdef class Work:
    cdef public CPurse purse
    cdef public object attributes, changed, identifiers, joined_day, lists, member, open, past, read, tags
    cpdef object close(self, object counted)
    cpdef Work twin(self)

cdef class Room:
    cdef public object budgets, day, limits, state
    cdef public dict seen
    cpdef object get(self, object index, object default=*)
    cdef object _used(self, object limit)
    cpdef object use(self, object index, object amount, object deltas)

cdef class RoomAgain(Room):
    cdef public object found, had
