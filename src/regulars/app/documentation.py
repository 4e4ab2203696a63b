"""/docs: the OpenAPI document as one page of plain HTML, readable without scripts and without the Internet."""

from __future__ import annotations

import json
from collections import defaultdict
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.35rem 0}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:.4rem}
b.method{display:inline-block;min-width:4.5rem;text-transform:uppercase}
details{border-bottom:1px solid #8883}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
nav a{margin-right:1rem}
"""


def documentation_page(document: dict[str, Any]) -> str:
    """Return the HTML page for an OpenAPI document: operations by tag, then the webhooks."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path, operations in document.get("paths", {}).items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                groups[next(iter(operation.get("tags", [])), "other")].append(
                    _operation(method, path, operation)
                )
    for name, operations in document.get("webhooks", {}).items():
        for operation in operations.values():
            groups["webhooks we send"].append(_operation("event", name, operation))
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    anchors = " ".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    sections = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(items)}' for tag, items in groups.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<h1>{title}</h1><p>{escape(document['info'].get('summary', ''))} "
        f'The machine-readable form is <a href="/openapi.json">/openapi.json</a>.</p>'
        f"<nav>{anchors}</nav>{sections}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    roles = operation.get("x-roles", [])
    who = f"<p>May be called by: {escape(', '.join(roles))}</p>" if roles else ""
    schemas = [
        _schema("Body", operation.get("requestBody", {})),
        *(_schema(f"Answer {code}", answer) for code, answer in operation.get("responses", {}).items()),
    ]
    return (
        f'<details><summary><b class="method">{escape(method)}</b> <code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"{who}{_parameters(operation.get('parameters', []))}{''.join(schemas)}</details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return f"<table><tr><th>parameter</th><th>in</th><th></th></tr>{rows}</table>" if rows else ""


def _schema(name: str, part: dict[str, Any]) -> str:
    found = part.get("content", {}).get("application/json", {}).get("schema")
    if not found:
        return ""
    return f"<p>{escape(name)}</p><pre>{escape(json.dumps(found, indent=2))}</pre>"
