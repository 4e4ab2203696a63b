cdef class Amounts:
    cdef object _plans, _fired, _outs
    cdef dict _known
    cpdef object of(self, object rank)
    cpdef object multiple(self, object award)

cdef class Resolver:
    cdef object _plans, _groups, _counts, _excludes, _selects, _counted
    cdef list _caps
    cpdef object resolve(self, object fired, object room, object trace=*)
    cdef object _not_exhausted(self, object fired, object room, object decision, object trace)
    cdef object _apply_limited(self, object rank, object outs, Amounts amounts, object room, dict left, object decision, object trace)
    cdef object _capped(self, object plan, object award, object caps, object outs, object uncapped, object room, dict left, object decision)

cdef object _capped_once(object plan, object limit, object uncapped, object room, dict left, object decision)
cpdef object bounded(object points)
cdef object _remaining(object limit, object room, dict left)
cdef object _used_up(object plan, object room, dict left)
cdef object _use(object decision, object limit, object amount, object room, dict left)
cdef object _give(object decision, object plan, object award, object amount, object uncapped)
cdef object _add_effects(object decision, object plan, object outs)
