cpdef object record(object stored, object series, object value, object day, object sign=*)
cdef object _record_whole(list stored, object value, object day, object kept)
cpdef object _widen(list row, Py_ssize_t least, object value)
