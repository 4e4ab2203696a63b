"""HTTP without loyalty in it: strict bodies, problem documents, declared roles, idempotency keys, pages, streams.

How a slice writes its routes:

    router = api_router("/api/v1/members", tag="members")

    @router.post("", operation_id="create_member", status_code=201)
    async def create(
        request: Request,
        body: NewMember,                                            # a StrictModel: unknown fields are refused
        subject: Annotated[Subject, Depends(route_roles("operator", scope="members:write"))],
        once: Annotated[Once, Depends(once_per_key)],               # Idempotency-Key, required
    ) -> Response:
        async def work(tx: Transaction) -> MemberAnswer: ...
        return await once.answer(request.app.state.db, work, now=request.app.state.clock.now(), status=201)

    @router.get("", operation_id="list_members")
    async def list_members(
        page: Annotated[PageQuery, Depends()],
        subject: Annotated[Subject, Depends(route_roles("operator", "analyst", scope="members:read"))],
    ) -> Page[MemberAnswer]:
        rows = ...                                                  # at most page.rows, after page.after(str, int)
        return page.page(rows, lambda row: (row.code, row.id))

A route that does not say who may call it, or has no operation_id, cannot be built. `x-roles` in the OpenAPI document
comes from the declaration. Refusals (kit.errors.Rejected) are raised; `install_problems` answers them as RFC 9457.

`once.answer` inserts the key first, in the transaction of the work: same key and same body → the stored answer with
`Idempotency-Replayed: true`; other body → 422; still running → 409 with Retry-After; a refusal keeps nothing.

The application puts `authenticator`, `db` and `clock` into `app.state` and wraps itself in RequestIdentity and
SecurityHeaders. Owns the table web.idempotency.
"""

from regulars.infra.web.body import BodyNotUnpacked, BodyTooLarge, StrictRequest, read_body
from regulars.infra.web.cors import cors_headers, preflight_headers
from regulars.infra.web.etag import etag_of, revision_in, version_in
from regulars.infra.web.heard import Heard, heard
from regulars.infra.web.idempotency import (
    KEY_LENGTH_MAX,
    REPLAYED_HEADER,
    IdempotencyKeyMissing,
    Once,
    delete_old_answers,
    erase_member_answers,
    once_per_key,
)
from regulars.infra.web.idempotency_batch import (
    KeptAnswer,
    Keyed,
    ask_keys,
    claimed,
    keep_answers,
    request_hash,
)
from regulars.infra.web.language import language_asked, language_of
from regulars.infra.web.middleware import RequestIdentity, SecurityHeaders, answer_headers, request_identity
from regulars.infra.web.pagination import Page, PageQuery
from regulars.infra.web.problem import (
    bug_response,
    install_problems,
    problem_response,
    request_id_of,
    validation_refusal,
)
from regulars.infra.web.problem_docs import PROBLEM_TYPE, document_problems, with_problems
from regulars.infra.web.rate import RateLimited, TokenBuckets
from regulars.infra.web.route_index import RouteIndex
from regulars.infra.web.routing import (
    MEMBER,
    PUBLIC,
    STAFF,
    RouteRoles,
    StrictRoute,
    api_router,
    bodies_up_to,
    route_roles,
    undeclared_routes,
    unknown_scopes,
)
from regulars.infra.web.sse import StreamMessage, event_stream, listening
from regulars.infra.web.subject import ANONYMOUS, Authenticator, Grant, Subject
from regulars.infra.web.tenancy import ProgramCodes, ProgramUnknown, program_in_path
from regulars.infra.web.values import Instant, StrictModel

__all__ = [
    "ANONYMOUS",
    "KEY_LENGTH_MAX",
    "MEMBER",
    "PROBLEM_TYPE",
    "PUBLIC",
    "REPLAYED_HEADER",
    "STAFF",
    "Authenticator",
    "BodyNotUnpacked",
    "BodyTooLarge",
    "Grant",
    "Heard",
    "IdempotencyKeyMissing",
    "Instant",
    "KeptAnswer",
    "Keyed",
    "Once",
    "Page",
    "PageQuery",
    "ProgramCodes",
    "ProgramUnknown",
    "RateLimited",
    "RequestIdentity",
    "RouteIndex",
    "RouteRoles",
    "SecurityHeaders",
    "StreamMessage",
    "StrictModel",
    "StrictRequest",
    "StrictRoute",
    "Subject",
    "TokenBuckets",
    "answer_headers",
    "api_router",
    "ask_keys",
    "bodies_up_to",
    "bug_response",
    "claimed",
    "cors_headers",
    "delete_old_answers",
    "document_problems",
    "erase_member_answers",
    "etag_of",
    "event_stream",
    "heard",
    "install_problems",
    "keep_answers",
    "language_asked",
    "language_of",
    "listening",
    "once_per_key",
    "preflight_headers",
    "problem_response",
    "program_in_path",
    "read_body",
    "request_hash",
    "request_id_of",
    "request_identity",
    "revision_in",
    "route_roles",
    "undeclared_routes",
    "unknown_scopes",
    "validation_refusal",
    "version_in",
    "with_problems",
]
