// Copies and storage.
#include "shim.h"

UNARY(clone)
UNARY(contiguous)
UNARY(detach)
IN_PLACE(detach_)

EXPORT(int32_t) lt_copy_(Handle self, Handle source, bool nonBlocking)
{
    return done("copy_", {self, source}, [&] { return self->copy_(*source, nonBlocking); });
}

IN_PLACE(zero_)

EXPORT(int32_t) lt_fill_(Handle self, Number value)
{
    return done("fill_", {self}, [&] { return self->fill_(value); });
}

EXPORT(int32_t) lt_set_(Handle self, Handle source)
{
    return done("set_", {self, source}, [&] { return self->set_(*source); });
}

UNARY(cpu)
UNARY(pin_memory)

EXPORT(int32_t) lt_is_pinned(Handle self)
{
    return truth("is_pinned", {self}, [&] { return self->is_pinned(); });
}

EXPORT(int32_t) lt_is_nonzero(Handle self)
{
    return truth("is_nonzero", {self}, [&] { return self->is_nonzero(); });
}
