from regulars.flows.accrual.decided cimport Decided as CDecided
from regulars.flows.simulation.budgets cimport Budgets as CBudgets

cdef class Chunk:
    cdef public list items, owners, received, told, event_ids, order_keys, caused
    cdef public dict members, paid
    cdef public frozenset corrected, unheard, forged

cdef class Lived:
    cdef public list outcomes, tiers, caused
    cdef public dict corrected, priced
    cdef public object works

cdef class Living:
    cdef public CDecided decided
    cdef public Chunk chunk
    cdef public Lived lived

cdef class World:
    cdef public CBudgets budgets
    cdef public object book, restore, batch_id
    cdef object _has_tiers
    cpdef object decide(self, Living living, object place)
