cdef class Item:
    cdef public object anonymous_id, content, corrects, doc, enrol, identified, introduces, key, noted, occurred_at, order_key, place
    cdef public object restated, source_id, type, user_id
    cdef object _read
    cpdef object note(self)
    cpdef object let_go(self)
    cpdef Item completed(self, object event, object doc, object place)
