cdef class Place:
    cdef public object event_id, item, key, owner, paid, received_at, told, unheard

cdef object _order_of_decision(object row, object order)
