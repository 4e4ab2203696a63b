from regulars.flows.simulation.worlds cimport Chunk as CChunk, Lived as CLived

cdef class Sources:
    cdef public dict rules, points
    cdef public list named, codes
    cdef dict _known, _of_rules
    cpdef object number(self, object rule, object code)
    cpdef dict net(self, object outcome, object skipped=*)

cpdef list net_by_place(Sources sources, CChunk chunk, CLived lived, object like=*)
cpdef list net_really(Sources sources, CChunk chunk, object left, object base)
cdef object _gave_alike(object told, object outcome)
cdef object _add(dict net, dict more)
