cdef class PlannedAward:
    cdef public object base_slot, deduct, divide, extra, from_base, pending_days, point_type, slot, targets, value_unit

cdef class PlannedLimit:
    cdef public object full, index, measure, point_type

cdef class Plan:
    cdef public object always, campaign, code, counted, funding, group, index, level, name, path
    cdef public tuple awards, effects, limits
