cimport cython

cpdef bytes array(object oid, list parts)

# `values` are lists of classes of their own, which C does not take for lists.
@cython.locals(size=cython.Py_ssize_t, encoded=bytes, parts=list)
cpdef bytes texts(object values)

cpdef bytes numbers(object values, object oid)
cpdef bytes flags(object values)
cpdef bytes blobs(object values)
cpdef bytes uuids(object values)

@cython.locals(place=cython.Py_ssize_t, after=cython.Py_ssize_t, end=cython.Py_ssize_t, column=list, columns=list)
cpdef list columns_of(bytes data, int width)
