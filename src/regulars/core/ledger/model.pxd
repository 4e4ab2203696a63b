cdef class Lot:
    cdef public object active_at
    cdef public object amount
    cdef public object earned_at
    cdef public object expires_at
    cdef public object funding_account_id
    cdef public object id
    cdef public object is_new
    cdef public object member_id
    cdef public object pending
    cdef public object point_type_id
    cdef public object program_id
    cdef public object remaining
    cpdef Lot copy(self)

cdef class Hold:
    cdef public object amount
    cdef public object captured
    cdef public object closed_at
    cdef public object created_at
    cdef public object drawn
    cdef public object expires_at
    cdef public object id
    cdef public object is_new
    cdef public object member_id
    cdef public object moved_to
    cdef public object point_type_id
    cdef public object program_id
    cdef public object reference
    cdef public object status

cdef class Purse:
    cdef public list balances, debts
    cdef public dict lots, holds, reversible, moved, activity
    cdef public object debt_max, lots_read, member_id, program_id, state
    cpdef Purse copy(self)
    cpdef object balance(self, object slot, object side)
    cpdef object available(self, object slot)
    cpdef object move(self, object slot, object side, object change)
