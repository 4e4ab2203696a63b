cpdef list event_rows(list rows, object program_id, object received_at)
cpdef bytes event_row(object row, object program_id, object received_at)
