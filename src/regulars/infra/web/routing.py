"""Routes that say who may call them. A route that does not say it cannot be built."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine, Iterable
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute

from regulars.infra.db import act_as
from regulars.infra.web.body import BODY_BYTES_MAX, StrictRequest
from regulars.infra.web.narrowing import PARTNER, narrowed
from regulars.infra.web.subject import ANONYMOUS, Authenticator, Grant, Subject
from regulars.kit.errors import Bug, FieldError, Forbidden, Unauthenticated

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

# In place of roles: everybody, also without credentials.
PUBLIC = "public"
# In place of roles: a member, for what is the member's own.
MEMBER = "member"
# In place of roles: whoever of the staff is signed in, for what is the person's own.
STAFF = "staff"
_PLACEHOLDERS = frozenset({PUBLIC, MEMBER, STAFF})
# What a browser sends along with whatever changes something; a page of somebody else's cannot know it.
CSRF_HEADER = "x-csrf-token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The kind of subject that an API key is.
API_KEY = "api_key"
# How a scope of API keys is written in `x-roles`.
KEY_PREFIX = "key:"
# Where an endpoint keeps how large its bodies may be.
_BYTES_MAX = "body_bytes_max"


class CsrfTokenMissing(Forbidden):
    """Send the header X-CSRF-Token with the token of GET /api/v1/session: this request changes something."""


class RouteRoles:
    """Who may call a route; as a dependency it finds out who is calling, refuses or returns the Subject."""

    # Everything that was ever declared, for whoever maps people's roles to what routes declare.
    declarations: ClassVar[set[tuple[frozenset[str], str]]] = set()

    def __init__(self, roles: tuple[str, ...], scope: str | None, keeps_to: tuple[str, ...] = ()) -> None:
        """Let the given roles, and API keys with `scope`, call the route; it keeps to the caller's parts."""
        self.roles = frozenset(roles)
        self.scope = scope
        self.parts = frozenset(keeps_to) | ({PARTNER} & self.roles)
        if scope is not None:
            self.declarations.add((self.roles, scope))

    @property
    def declared(self) -> list[str]:
        """What `x-roles` says in the OpenAPI document."""
        scopes = [f"{KEY_PREFIX}{self.scope}"] if self.scope else []
        return sorted(self.roles) + scopes

    async def __call__(self, request: Request) -> Subject:
        """Return who is calling. Raises Unauthenticated or Forbidden."""
        authenticator: Authenticator | None = getattr(request.app.state, "authenticator", None)
        subject = await authenticator.authenticate(request.headers) if authenticator else None
        return self.admit(request, subject)

    def admit(self, request: Request, subject: Subject | None) -> Subject:
        """Let the caller of a request in, who was found out before. Raises Unauthenticated or Forbidden."""
        if subject is None:
            if PUBLIC not in self.roles:
                raise Unauthenticated
            subject = ANONYMOUS
        if PUBLIC not in self.roles:
            _check_origin(request, subject)
            if STAFF not in self.roles:
                subject = narrowed(subject, request.path_params, request.headers, self.parts, self._opens)
        if not self.allows(subject):
            raise Forbidden(self._refusal(subject))
        request.state.subject = subject
        act_as(subject.credential, request.scope.get("state", {}).get("request_id", ""))
        return subject

    def allows(self, subject: Subject) -> bool:
        """Whether `subject` may call the route."""
        if PUBLIC in self.roles or subject.roles & self.roles - _PLACEHOLDERS:
            return True
        if subject.kind in (MEMBER, STAFF) and subject.kind in self.roles:
            return True
        return self.scope is not None and self.scope in subject.scopes

    def _refusal(self, subject: Subject) -> str:
        """Return the sentence that says what it takes. Which route takes what is public: `x-roles` says it."""
        roles = sorted(self.roles - _PLACEHOLDERS)
        if subject.kind == API_KEY:
            needed = f"the scope {self.scope}" if self.scope else "a person who is signed in"
        else:
            needed = f"one of the roles {', '.join(roles)}" if roles else "another kind of credential"
        return f"You are known, but you may not do this: it takes {needed}."

    def _opens(self, grant: Grant) -> bool:
        return bool(grant.roles & self.roles - _PLACEHOLDERS) or self.scope in grant.scopes


def _check_origin(request: Request, subject: Subject) -> None:
    """Refuse what a cookie alone asks to change: the browser sends it along, whoever wrote the page."""
    if not subject.csrf or request.method in _SAFE_METHODS:
        return
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), subject.csrf.encode()):
        raise CsrfTokenMissing


def route_roles(*roles: str, scope: str | None = None, keeps_to: tuple[str, ...] = ()) -> RouteRoles:
    """Return the dependency that lets staff with one of `roles`, and API keys with `scope`, call a route.

    `subject: Annotated[Subject, Depends(route_roles("owner", "operator", scope="members:write"))]`

    `keeps_to` ("partner", "region") says that the route shows and changes only what is of `subject.partners` and
    `subject.regions` where these are not None; without it, people kept to a part cannot call it. A route for the role
    "partner" keeps to partners.
    """
    if not roles and scope is None:
        raise Bug("Say who may call the route: route_roles(PUBLIC), a role, MEMBER, or scope=…")
    return RouteRoles(roles, scope, keeps_to)


def bodies_up_to(bytes_max: int) -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint take larger bodies than others: files that people send as they are."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _BYTES_MAX, bytes_max)
        return endpoint

    return mark


class StrictRoute(APIRoute):
    """A route with a strict body and declared roles, which it writes into the OpenAPI document as `x-roles`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Build the route. Raises Bug when no dependency says who may call it, or when it has no operation_id."""
        super().__init__(path, endpoint, **options)
        roles = _roles_in(self)
        if roles is None:
            raise Bug(f"{_name(self)} does not say who may call it: add Depends(route_roles(…)).")
        # Who is calling is found out first, wherever the endpoint names it: other dependencies build on it.
        self.dependencies.insert(0, Depends(roles))
        self.dependant.dependencies.sort(key=lambda one: one.call is not roles)
        if self.operation_id is None:
            raise Bug(f"{_name(self)} has no operation_id; clients are generated from it.")
        self.openapi_extra = {**(self.openapi_extra or {}), "x-roles": roles.declared}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, which gives the endpoint a StrictRequest."""
        answer = super().get_route_handler()
        bytes_max: int = getattr(self.endpoint, _BYTES_MAX, BODY_BYTES_MAX)

        async def answer_strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            strict.bytes_max = bytes_max
            strict.refuse_nul()
            await strict.read_strictly()
            return await answer(strict)

        return answer_strictly


def roles_of(route: APIRoute) -> list[str] | None:
    """Return what a route declares about its callers, None when it declares nothing."""
    roles = _roles_in(route)
    return None if roles is None else roles.declared


def _roles_in(route: APIRoute) -> RouteRoles | None:
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, RouteRoles):
            return dependency.call
    return None


def _name(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def api_router(prefix: str = "", *, tag: str) -> APIRouter:
    """Return a router for one slice: strict bodies, declared roles, one tag in the OpenAPI document."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)


def unknown_scopes(scopes: Iterable[str]) -> list[FieldError]:
    """Return an error for each of a key's scopes that opens no route, with what was perhaps meant.

    A key may also act in a role that routes name (`owner`), and a partner's key says which partner (`partner:acme`).
    Routes are known once they are imported.
    """
    known = {scope for _, scope in RouteRoles.declarations}
    roles = frozenset[str]().union(*(roles for roles, _ in RouteRoles.declarations)) - _PLACEHOLDERS
    errors = []
    for place, scope in enumerate(scopes):
        if scope not in known | roles and not scope.startswith(f"{PARTNER}:"):
            close = get_close_matches(scope, sorted(known), n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(sorted(known))}."
            message = f"There is no scope {scope}. {hint}"
            errors.append(FieldError(f"scopes[{place}]", "unknown_scope", message))
    return errors


def undeclared_routes(app: FastAPI) -> list[str]:
    """Return the operations of the OpenAPI document that do not declare `x-roles`; a shape test keeps it empty."""
    return [
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and not operation.get("x-roles")
    ]
