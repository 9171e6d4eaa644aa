/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors as answers: {"error":{"code","message","innererror":{...}}}, the
 * codes of api.md section 10. Clients read code and message; innererror has
 * our own code and class, the request id, and what a handler adds.
 */
#ifndef ASSAY_SERVICE_PROBLEM_H
#define ASSAY_SERVICE_PROBLEM_H

#include <jansson.h>

#include "service/http.h"

/* The HTTP status that belongs to the error. */
unsigned int assay_problem_status(const struct assay_error *err);

/*
 * Fill the answer. status 0: the one of the error. details: object whose
 * members are added to innererror, or NULL; borrowed.
 */
void assay_problem_answer(const struct assay_error *err, unsigned int status,
    const char *request_id, const json_t *details,
    struct assay_http_answer *answer);

#endif
