cimport cython
from regulars.core.rules.plans cimport Plan as CPlan, PlannedAward as CPlannedAward, PlannedLimit as CPlannedLimit

cdef class Amounts:
    cdef object _plans, _fired, _outs
    cdef dict _known
    @cython.locals(plan=CPlan, award=CPlannedAward)
    cpdef object of(self, object rank)
    cpdef object multiple(self, CPlannedAward award)

cdef class Resolver:
    cdef object _plans, _groups, _counts, _excludes, _selects, _counted
    cdef list _caps
    @cython.locals(plan=CPlan, award=CPlannedAward)
    cpdef object resolve(self, object fired, object room, object trace=*)
    @cython.locals(plan=CPlan, limit=CPlannedLimit)
    cdef object _not_exhausted(self, object fired, object room, object decision, object trace)
    @cython.locals(plan=CPlan, award=CPlannedAward, limit=CPlannedLimit)
    cdef object _apply_limited(self, object rank, object outs, Amounts amounts, object room, dict left, object decision, object trace)
    @cython.locals(limit=CPlannedLimit)
    cdef object _capped(self, CPlan plan, CPlannedAward award, object caps, object outs, object uncapped, object room, dict left, object decision)

cdef object _capped_once(CPlan plan, CPlannedLimit limit, object uncapped, object room, dict left, object decision)
cpdef object bounded(object points)
cdef object _remaining(CPlannedLimit limit, object room, dict left)
@cython.locals(limit=CPlannedLimit)
cdef object _used_up(CPlan plan, object room, dict left)
cdef object _use(object decision, CPlannedLimit limit, object amount, object room, dict left)
cdef object _give(object decision, CPlan plan, CPlannedAward award, object amount, object uncapped)
cdef object _add_effects(object decision, CPlan plan, object outs)
