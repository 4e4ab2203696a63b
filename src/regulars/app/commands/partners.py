"""`regulars partner …` and `regulars funding …`: shops connected, terms, agreements, blocks of points."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Exit, Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.features.partners import (
    Agreement,
    Template,
    Terms,
    convert,
    put_terms,
    select_agreements,
    select_tasks,
    select_terms,
    upsert_template,
)
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import funding
from regulars.flows.apply import Document, in_units, read_plain, scale_in
from regulars.flows.connection import (
    Connected,
    Report,
    Shop,
    connect_many,
    connect_shop,
    numbered,
    shops_in_csv,
    snippet,
)
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import NotFound
from regulars.kit.ids import decode

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Code = Annotated[str, typer.Argument(help="Code of the partner")]
AgreementCode = Annotated[str, typer.Argument(help="Code of the agreement")]
Amount = Annotated[str, typer.Argument(help="How many points, such as 10000 or 12.50")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or TOML")]
Host = Annotated[
    str | None,
    typer.Option("--host", help="Where this installation is reached; REGULARS_PUBLIC_URL otherwise."),
]


def register(app: typer.Typer) -> None:
    """Add the groups partner and funding."""
    group = typer.Typer(help="Partners: shops connected, terms.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_partners)
    group.command("import")(import_shops)
    group.command("template")(put_template)
    group.command("terms")(terms)
    app.add_typer(group, name="partner")
    money = typer.Typer(help="Who pays for awards: agreements, caps, blocks.", no_args_is_help=True)
    money.command("list")(list_funding)
    money.command("put")(put_agreements)
    money.command("end")(end)
    money.command("buy")(buy)
    money.command("withdraw")(withdraw)
    money.command("tasks")(tasks)
    money.command("check")(check)
    money.command("explain")(explain)
    app.add_typer(money, name="funding")


def add(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    name: Annotated[str, typer.Option("--name", help="The shop's name; its code when left out.")] = "",
    platform: Annotated[str, typer.Option("--platform", help="plain, segment, woocommerce or shopify.")] = "",
    template: Annotated[str, typer.Option("--template", help="Template of partners.")] = "",
    secret: Annotated[
        str, typer.Option("--secret", envvar="REGULARS_SHOP_SECRET", help="What Shopify signs with.")
    ] = "",
    host: Host = None,
) -> None:
    """Connect a shop and print what is pasted into its system. Keys are shown this once."""
    output = output_of(context)
    said = {"code": code, "name": name or code, "platform": platform, "template": template, "secret": secret}
    shop = convert(said, Shop)

    async def work(tx: Transaction, now: datetime) -> Connected:
        return await connect_shop(tx, (await program_by_code(tx, program)).id, shop, now)

    made = transact(output, work)
    shown = snippet(made, host or Settings().address)
    if output.json:
        output.result({**msgspec.structs.asdict(made), "snippet": shown})
        return
    output.say(f"{made.partner} is connected." if made.new else f"{made.partner} was connected before.")
    if made.write_key:
        output.result(made.write_key, f"Write key of its source, shown this once: {made.write_key}")
    if made.api_key:
        output.result(made.api_key, f"Key of the partner, for its own figures only: {made.api_key}")
    output.result(None, shown)


def list_partners(context: typer.Context, program: ProgramCode) -> None:
    """Show the partners of a program: roles, stores, sources, and whether they are archived."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> list[dict[str, Any]]:
        del now
        config = await _config(tx, program)
        return [_listed(config, code) for code in sorted(config.partners)]

    found = transact(output, work)
    if output.json:
        output.result(found)
        return
    columns = ("partner", "name", "roles", "stores", "sources", "status")
    rows = [
        (
            one["code"],
            one["name"],
            ", ".join(one["roles"]),
            ", ".join(one["stores"]),
            ", ".join(one["sources"]),
            "archived" if one["archived_at"] else "active",
        )
        for one in found
    ]
    output.table("Partners", columns, rows)


def _listed(config: ProgramConfig, code: str) -> dict[str, Any]:
    one = config.partners[code]
    return {
        "code": code,
        "name": one.name,
        "roles": list(one.roles),
        "stores": sorted(
            s.code for s in config.stores.values() if s.partner == code and s.archived_at is None
        ),
        "sources": sorted(
            s.code for s in config.sources_by_code.values() if s.partner == code and s.disabled_at is None
        ),
        "archived_at": one.archived_at,
    }


def import_shops(
    context: typer.Context,
    program: ProgramCode,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or YAML (shops: […])")],
    keys: Annotated[Path | None, typer.Option("--keys", help="Where new keys are written.")] = None,
    errors: Annotated[Path | None, typer.Option("--errors", help="Where rows that fail are listed.")] = None,
) -> None:
    """Connect every shop of a file. Stopped half-way, the same command goes on; a second time changes nothing."""
    output = output_of(context)
    written = keys or file.with_suffix(".keys.csv")
    wrong = errors or file.with_suffix(".errors.csv")
    url = prepare(Settings(), output.progress)

    async def run(bar: Progress | None) -> Report:
        async with Database.open(url, min_size=1, max_size=1, name="cli") as db:
            async with db.transaction(read_only=True) as tx:
                program_id = (await program_by_code(tx, program)).id
            rows, clock = list(_rows(file)), await clock_at(db)
            place = bar.add_task("shops", total=len(rows)) if bar else None

            def show(report: Report) -> None:
                if bar is not None and place is not None:
                    bar.update(place, completed=report.rows)

            return await connect_many(db, program_id, rows, written, wrong, now=clock.now, progress=show)

    if output.json or output.quiet:
        report = asyncio.run(run(None))
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=output.errors) as bar:
            report = asyncio.run(run(bar))
    _tell(output, report, written, wrong)


def _rows(file: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    if file.suffix in (".yaml", ".yml", ".toml"):
        return numbered(read_plain(file).get("shops", ()))
    return shops_in_csv(file)


def _tell(output: Output, report: Report, written: Path, wrong: Path) -> None:
    text = f"{report.connected} shops connected, {report.known} were before, {report.failed} failed."
    if report.connected:
        text += f" Keys: {written}."
    if report.failed:
        text += f" What is wrong: {wrong}."
    output.result(report, text)
    if report.failed:
        raise typer.Exit(Exit.REFUSED)


def put_template(
    context: typer.Context,
    program: ProgramCode,
    file: File,
    code: Annotated[str, typer.Option("--code", help="Code of the template.")] = "default",
) -> None:
    """Write what new partners get: roles, terms, source, agreements."""
    output = output_of(context)
    raw = read_plain(file)

    async def work(tx: Transaction, now: datetime) -> None:
        config = await _config(tx, program)
        template = convert(_agreements_in_units(raw, "agreements", config), Template)
        await upsert_template(tx, config.id, code, template, now)

    transact(output, work)
    output.result({"template": code}, f"New partners get {file.name} as the template {code}.")


def terms(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    file: Annotated[Path | None, typer.Option("--put", exists=True, dir_okay=False)] = None,
) -> None:
    """Show a partner's terms, or write them from a file with --put."""
    output = output_of(context)
    wanted = None if file is None else convert(read_plain(file), Terms)

    async def work(tx: Transaction, now: datetime) -> Terms:
        config = await _config(tx, program)
        known = funding.known_of(config)
        if wanted is not None:
            await put_terms(tx, known, code, wanted, now)
        return (await select_terms(tx, config.id)).get(known.partner_id(code), Terms())

    found = transact(output, work)
    plain = msgspec.to_builtins(found)
    output.result(plain, msgspec.json.format(msgspec.json.encode(plain)).decode())


def list_funding(context: typer.Context, program: ProgramCode) -> None:
    """Show agreements with what their caps and blocks have left."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> tuple[list[funding.Standing], Amounts]:
        config = await _config(tx, program)
        found = await funding.standings(tx, config, await select_agreements(tx, config.id), now)
        return found, Amounts(config, output)

    found, amounts = transact(output, work)
    if output.json:
        output.result(found)
        return
    columns = ("agreement", "account", "payer", "points", "mode", "fallback", "left")
    output.table("Funding", columns, [_standing(one, amounts) for one in found])


def _standing(one: funding.Standing, amounts: Amounts) -> tuple[Any, ...]:
    agreed = one.agreement

    def points(units: int) -> int | str:
        return amounts.points(units, agreed.point_type)

    left = [f"{points(cap.left)} of {points(cap.max)} in {cap.period}" for cap in one.caps]
    if one.block is not None:
        left.append(f"{points(one.block.drawable)} of {points(one.block.bought)} bought")
    return (
        agreed.code,
        agreed.account,
        agreed.payer,
        agreed.point_type,
        agreed.mode,
        agreed.fallback,
        ", ".join(left),
    )


def put_agreements(context: typer.Context, program: ProgramCode, file: File) -> None:
    """Make or change the agreements of a file (funding: […]); the next events keep them."""
    output = output_of(context)
    raw = read_plain(file)

    async def work(tx: Transaction, now: datetime) -> int:
        config = await _config(tx, program)
        said = _agreements_in_units(raw, "funding", config).get("funding", [])
        return len(await funding.put_funding(tx, config, convert(said, list[Agreement]), now))

    count = transact(output, work)
    output.result({"agreements": count}, f"{count} agreements are in force.")


def _agreements_in_units(raw: dict[str, Any], name: str, config: ProgramConfig) -> dict[str, Any]:
    """Return a file whose agreements (the list `name`) say points in points with smallest units, as they are kept."""
    if not isinstance(raw.get(name), list):
        return raw
    scale = scale_in(Document(), config)
    said = [
        in_units(one, f"{name}[{place}]", scale) if isinstance(one, dict) else one
        for place, one in enumerate(raw[name])
    ]
    return raw | {name: said}


def end(context: typer.Context, program: ProgramCode, agreement: AgreementCode) -> None:
    """End an agreement: its account funds nothing any more; what was billed by it stays."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> None:
        await funding.end_funding(tx, (await program_by_code(tx, program)).id, agreement, now)

    transact(output, work)
    output.result({"agreement": agreement}, f"{agreement} has ended.")


def buy(
    context: typer.Context,
    program: ProgramCode,
    agreement: AgreementCode,
    points: Amount,
    price: Annotated[str, typer.Option("--price", help="What was paid for them, such as 9000.00")] = "0",
    reference: Annotated[str, typer.Option("--reference", help="Your order or invoice")] = "",
) -> None:
    """Add points that a partner bought ahead to its block."""
    _entry(context, program, agreement, points, price, reference, withdrawn=False)


def withdraw(
    context: typer.Context,
    program: ProgramCode,
    agreement: AgreementCode,
    points: Amount,
    price: Annotated[str, typer.Option("--price", help="What is paid back for them")] = "0",
    reference: Annotated[str, typer.Option("--reference", help="Your order or credit note")] = "",
) -> None:
    """Give unused points of a block back to the partner."""
    _entry(context, program, agreement, points, price, reference, withdrawn=True)


def _entry(
    context: typer.Context,
    program: str,
    agreement: str,
    points: str,
    price: str,
    reference: str,
    *,
    withdrawn: bool,
) -> None:
    output = output_of(context)
    act = funding.withdraw_from_block if withdrawn else funding.buy_block

    async def work(tx: Transaction, now: datetime) -> tuple[funding.Standing, Amounts]:
        config = await _config(tx, program)
        by, amounts = f"cli:{getpass.getuser()}", Amounts(config, output)
        agreed = (await funding.find_agreement(tx, config.id, agreement)).agreement
        many, paid = amounts.units(points, agreed.point_type), amounts.minor(price, "--price")
        standing = await act(tx, config, agreement, many, paid, reference=reference, by=by, now=now)
        return standing, amounts

    standing, amounts = transact(output, work)
    assert standing.block is not None
    bought, used, drawable = (
        amounts.points(part, standing.agreement.point_type)
        for part in (standing.block.bought, standing.block.used, standing.block.drawable)
    )
    text = f"{agreement}: {bought} bought, {used} used, {drawable} to be drawn."
    output.result(standing, text)


def tasks(context: typer.Context, program: ProgramCode) -> None:
    """Show blocks that are to be bought again."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        config = await _config(tx, program)
        amounts = Amounts(config, output)
        await funding.watch_blocks(tx, config.id, now)
        rows = await select_tasks(tx, config.id, done=False, before=2**62, limit=500)
        agreed = await select_agreements(tx, config.id)
        types = {one.agreement.code: one.agreement.point_type for one in agreed}
        return [
            (
                one.id,
                one.partner,
                one.agreement,
                one.kind,
                *(amounts.points(part, types.get(one.agreement)) for part in (one.remaining, one.bought)),
            )
            for one in rows
        ]

    columns = ("task", "partner", "agreement", "what", "left", "bought")
    output.table("To be bought again", columns, transact(output, work))


def check(context: typer.Context, program: ProgramCode) -> None:
    """Compare blocks with the ledger; exit 5 when one does not agree."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> tuple[list[funding.BlockMismatch], list[str]]:
        del now
        config = await _config(tx, program)
        amounts, found = Amounts(config, output), await funding.check_blocks(tx, config.id)
        return found, [_mismatch(one, amounts) for one in found]

    found, lines = transact(output, work)
    said = [f"{len(found)} blocks do not agree with the ledger:", *lines]
    output.result(found, "\n".join(said) if found else "Blocks agree with the ledger.")
    if found:
        raise typer.Exit(Exit.UNHEALTHY)


def _mismatch(one: funding.BlockMismatch, amounts: Amounts) -> str:
    bought, withdrawn, counted, drawn = (
        amounts.points(part, one.point_type) for part in (one.bought, one.withdrawn, one.counted, one.drawn)
    )
    return (
        f"  {one.agreement}: {counted} {one.point_type} counted as used, {drawn} drawn in the ledger, "
        f"{withdrawn} withdrawn, {bought} bought"
    )


def explain(
    context: typer.Context, program: ProgramCode, event: Annotated[str, typer.Argument(help="evt_…")]
) -> None:
    """Say who funded the points of an event."""
    output = output_of(context)
    try:
        number = decode("evt", event)
    except ValueError as mistake:
        raise NotFound(str(mistake)) from None

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        del now
        config = await _config(tx, program)
        amounts = Amounts(config, output)
        shares = await funding.funding_of_event(tx, config, number)
        return [
            (
                amounts.points(one.points, one.point_type),
                one.point_type,
                one.account,
                one.share_of,
                one.agreement,
                one.payer,
                one.kind,
            )
            for one in shares
        ]

    columns = ("points", "type", "account", "share of", "agreement", "payer", "kind")
    output.table(f"Who funded {event}", columns, transact(output, work))


async def _config(tx: Transaction, program: str) -> ProgramConfig:
    return await load_config(tx, (await program_by_code(tx, program)).id)
