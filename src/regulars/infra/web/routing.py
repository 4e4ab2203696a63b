"""Routes that say who may call them. A route that does not say it cannot be built."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute

from regulars.infra.web.body import StrictRequest
from regulars.infra.web.subject import ANONYMOUS, Authenticator, Subject
from regulars.kit.errors import Bug, Forbidden, Unauthenticated

# In place of roles: everybody, also without credentials.
PUBLIC = "public"
# In place of roles: a member, for what is the member's own.
MEMBER = "member"
# How a scope of API keys is written in `x-roles`.
KEY_PREFIX = "key:"


class RouteRoles:
    """Who may call a route; as a dependency it finds out who is calling, refuses or returns the Subject."""

    def __init__(self, roles: tuple[str, ...], scope: str | None) -> None:
        """Let the given roles, and API keys with `scope`, call the route."""
        self.roles = frozenset(roles)
        self.scope = scope

    @property
    def declared(self) -> list[str]:
        """What `x-roles` says in the OpenAPI document."""
        scopes = [f"{KEY_PREFIX}{self.scope}"] if self.scope else []
        return sorted(self.roles) + scopes

    async def __call__(self, request: Request) -> Subject:
        """Return who is calling. Raises Unauthenticated or Forbidden."""
        authenticator: Authenticator | None = getattr(request.app.state, "authenticator", None)
        subject = await authenticator.authenticate(request.headers) if authenticator else None
        if subject is None:
            if PUBLIC not in self.roles:
                raise Unauthenticated
            subject = ANONYMOUS
        if not self.allows(subject):
            raise Forbidden
        request.state.subject = subject
        return subject

    def allows(self, subject: Subject) -> bool:
        """Whether `subject` may call the route."""
        if PUBLIC in self.roles or subject.roles & self.roles:
            return True
        if MEMBER in self.roles and subject.kind == MEMBER:
            return True
        return self.scope is not None and self.scope in subject.scopes


def route_roles(*roles: str, scope: str | None = None) -> RouteRoles:
    """Return the dependency that lets staff with one of `roles`, and API keys with `scope`, call a route.

    `subject: Annotated[Subject, Depends(route_roles("owner", "operator", scope="members:write"))]`
    """
    if not roles and scope is None:
        raise Bug("Say who may call the route: route_roles(PUBLIC), a role, MEMBER, or scope=…")
    return RouteRoles(roles, scope)


class StrictRoute(APIRoute):
    """A route with a strict body and declared roles, which it writes into the OpenAPI document as `x-roles`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Build the route. Raises Bug when no dependency says who may call it, or when it has no operation_id."""
        super().__init__(path, endpoint, **options)
        declared = roles_of(self)
        if declared is None:
            raise Bug(f"{_name(self)} does not say who may call it: add Depends(route_roles(…)).")
        if self.operation_id is None:
            raise Bug(f"{_name(self)} has no operation_id; clients are generated from it.")
        self.openapi_extra = {**(self.openapi_extra or {}), "x-roles": declared}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, which gives the endpoint a StrictRequest."""
        answer = super().get_route_handler()

        async def answer_strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            strict.refuse_nul()
            await strict.read_strictly()
            return await answer(strict)

        return answer_strictly


def roles_of(route: APIRoute) -> list[str] | None:
    """Return what a route declares about its callers, None when it declares nothing."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, RouteRoles):
            return dependency.call.declared
    return None


def _name(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def api_router(prefix: str = "", *, tag: str) -> APIRouter:
    """Return a router for one slice: strict bodies, declared roles, one tag in the OpenAPI document."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)


def undeclared_routes(app: FastAPI) -> list[str]:
    """Return the operations of the OpenAPI document that do not declare `x-roles`; a shape test keeps it empty."""
    return [
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and not operation.get("x-roles")
    ]
