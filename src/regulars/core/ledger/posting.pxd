from regulars.core.ledger.model cimport Hold as CHold, Lot as CLot, Purse as CPurse

cdef class Ids:
    cdef object _next
    cpdef object take(self)
    cpdef list take_many(self, object count)

cdef class Postings:
    cdef public Ids ids
    cdef public list transfers, draws, lot_rows, new_lots, new_holds, notes
    cdef public dict changed_lots, changed_holds, purses
    cpdef object transfer(self, CPurse purse, object terms, object debit, object credit, object amount, object kind, object cause)
    cdef object _open_lot(self, CPurse purse, object lot_id, tuple opened, object active_at, object expires_at)
