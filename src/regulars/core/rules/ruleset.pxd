cimport cython
from regulars.core.rules.finding cimport Finder as CFinder
from regulars.core.rules.resolve cimport Resolver as CResolver

cdef class Ruleset:
    cdef dict __dict__
    cdef CResolver _resolver
    cdef public dict _by_event, _facts_by_event
    cpdef object decide(self, object e, object f, object room, object local)
    cpdef object facts_for(self, object event_type)
    @cython.locals(finder=CFinder, evaluate=list, fired=list)
    cdef list _fire(self, object e, object f, object local)
