from regulars.flows.accrual.item cimport Item as CItem

cpdef CItem complete(CItem item, object book)
