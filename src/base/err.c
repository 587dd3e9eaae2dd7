// SPDX-License-Identifier: Apache-2.0
#include "err.h"

const char *err_name(enum err e)
{
    switch (e) {
    case OK:
        return "ok";
    case ERR_INVALID:
        return "invalid";
    case ERR_DENIED:
        return "denied";
    case ERR_UNSIGNED:
        return "sign-in-needed";
    case ERR_NOT_FOUND:
        return "not-found";
    case ERR_STATE:
        return "not-now";
    case ERR_STALE:
        return "changed-meanwhile";
    case ERR_EXISTS:
        return "exists";
    case ERR_TOO_LARGE:
        return "too-large";
    case ERR_TOO_MANY:
        return "too-many";
    case ERR_RETRY:
        return "retry";
    case ERR_UNAVAILABLE:
        return "unavailable";
    case ERR_FULL:
        return "disk-full";
    case ERR_CORRUPT:
        return "corrupt";
    case ERR_UNSUPPORTED:
        return "unsupported";
    case ERR_INTERNAL:
        return "internal";
    }
    return "unknown";
}
