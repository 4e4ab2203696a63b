"""Cycles and order in a small directed graph."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar


def find_cycle(edges: Mapping[str, Collection[str]]) -> list[str]:
    """One cycle as the nodes along it (the first repeated at the end), empty when there is none."""
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        stack: list[tuple[str, list[str]]] = [] if start in done else [(start, sorted(edges[start]))]
        if stack:
            trail.append(start)
        while stack:
            node, rest = stack[-1]
            if not rest:
                done.add(node)
                stack.pop()
                trail.pop()
                continue
            follower = rest.pop()
            if follower in trail:
                return [*trail[trail.index(follower) :], follower]
            if follower not in done:
                stack.append((follower, sorted(edges.get(follower, ()))))
                trail.append(follower)
    return []


Node = TypeVar("Node", bound=Hashable)


def levels(nodes: Collection[Node], edges: Mapping[Node, Collection[Node]]) -> dict[Node, int]:
    """For each node of an acyclic graph the length of its longest path along the edges."""
    found: dict[Node, int] = {}
    stack = list(nodes)
    while stack:
        node = stack[-1]
        waiting = [other for other in edges.get(node, ()) if other not in found]
        if waiting:
            stack += waiting
        else:
            found[node] = 1 + max((found[other] for other in edges.get(node, ())), default=-1)
            stack.pop()
    return found
