cimport cython

cdef class Look:
    cdef public int where
    cdef public object name, read
    cdef public Py_ssize_t place
    cdef public bint filled
    cdef public dict buckets
    cpdef object of(self, object e, object o, object f, object local)

cdef class Bound:
    cdef public Look look
    cdef public list limits, ranks
    cdef public bint below, strictly

cdef class Finder:
    cdef public list unfiled, equal, lists, lines, bounds
    @cython.locals(look=Look, bound=Bound, found=list)
    cpdef list find(self, object e, object o, object f, object local)
    @cython.locals(look=Look, many=set)
    cdef object _of_lines(self, object e, object o, object f, object local, list found)
