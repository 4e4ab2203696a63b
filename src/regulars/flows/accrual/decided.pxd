from regulars.core.ledger.model cimport Purse as CPurse
from regulars.core.ledger.posting cimport Ids as CIds, Postings as CPostings
from regulars.flows.accrual.work cimport Work as CWork

cdef class Decided:
    cdef dict __dict__
    cdef public object gathered, rulebook, posted_at, looks_up_orders
    cdef public CIds ids
    cdef public CPostings postings
    cdef public list event_ids, answers, events, effects, standings, notices, waiting
    cdef public object budgets, budget_deltas, covered, works, orders, corrected, drawn, former, caused
    cdef public object welcomed
    cpdef CWork work(self, object member_id)
    cpdef object close(self, object member_id)
    cpdef object event_row(self, object member_id, object place, object status, object outcome)
