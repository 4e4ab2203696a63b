from regulars.flows.simulation.net cimport Sources as CSources
from regulars.flows.simulation.tally cimport Tally as CTally

cdef class Counter:
    cdef public CTally tally
    cdef public CSources sources
    cdef object _books, _zone, _from_at
    cdef dict _months, _given, _fired, _cells, _posted
    cpdef object settle(self)
    cdef dict _cell(self, object month, object store, object tiers)
    cdef object _both(self, object outcome, dict net, dict cell, dict of_member)
    cdef object _one(self, object world, object outcome, dict net, dict cell, dict of_member)
    cdef object _really(self, dict net)
    cdef list _source(self, object source)
    cdef list _rule(self, object version, object rule)
    cdef object _effects(self, object outcome, object base, object draft)
    cdef object _member(self, object owner, dict of_member, object spend)
    cdef object _holds(self, dict found, object base, object draft)
    cdef object _month(self, object at)

cdef list _pair(dict pairs, object code)
cdef object _add(list leaf, list pair)
