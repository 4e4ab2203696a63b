"""`regulars households …`: who lives together, what each may spend, and points spent together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, get_args

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.redemptions import Desk, at_desk
from regulars.app.output import output_of
from regulars.features import households
from regulars.features.households import USUAL, Order, Role, SpendPeriod, Terms, UnknownHousehold
from regulars.flows import points as wallets
from regulars.flows import pooling
from regulars.kit.ids import decode

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Ref = Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")]
Number = Annotated[str, typer.Argument(help="hsh_…")]
By = Annotated[str, typer.Option("--by", help="The head who says so: mem_…, or kind:value.")]
Draws = Annotated[str, typer.Option(help=f"The order of drawing: {', '.join(get_args(Order))}.")]
RoleName = Annotated[str, typer.Option(help=f"One of {', '.join(get_args(Role))}.")]
PointType = Annotated[str | None, typer.Option(help="The first redeemable one when left out.")]

Work = Callable[[Desk], Awaitable[dict[str, Any]]]


def register(app: typer.Typer) -> None:
    """Add the group households."""
    group = typer.Typer(help="Households that spend points together.", no_args_is_help=True)
    group.command("found")(found)
    group.command("show")(show)
    group.command("change")(change)
    group.command("invite")(invite)
    group.command("accept")(accept)
    group.command("person")(person)
    group.command("leave")(leave)
    group.command("dissolve")(dissolve)
    group.command("spend")(spend)
    group.command("return")(give_back)
    app.add_typer(group, name="households")


def found(
    context: typer.Context,
    program: ProgramCode,
    head: Ref,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    draws: Draws = "own_first",
) -> None:
    """Found a household with a member as its head."""
    order: Order = _one_of(draws, Order, "--draws")

    async def work(desk: Desk) -> dict[str, Any]:
        head_id = await desk.member(head)
        made = await households.found_household(
            desk.tx, desk.program_id, head_id, name, now=desk.now, draws=order
        )
        return await _shown(desk, made.id)

    _tell(context, program, work)


def show(
    context: typer.Context,
    program: ProgramCode,
    what: Annotated[str, typer.Argument(help="hsh_…, or one of its members.")],
) -> None:
    """Show a household and who is in it."""

    async def work(desk: Desk) -> dict[str, Any]:
        if what.startswith("hsh_"):
            return await _shown(desk, _number(what))
        place = await households.person_of(desk.tx, desk.program_id, await desk.member(what))
        if place is None:
            raise households.NotInHousehold
        return await _shown(desk, place.household_id)

    _tell(context, program, work)


def change(
    context: typer.Context,
    program: ProgramCode,
    household: Number,
    by: By,
    name: Annotated[str, typer.Option(help="What it is called from now on.")],
    draws: Draws = "own_first",
) -> None:
    """Change how a household is called and in which order it draws."""
    order: Order = _one_of(draws, Order, "--draws")

    async def work(desk: Desk) -> dict[str, Any]:
        number = _number(household)
        await households.change_household(
            desk.tx, desk.program_id, number, await desk.member(by), name, order
        )
        return await _shown(desk, number)

    _tell(context, program, work)


def invite(
    context: typer.Context,
    program: ProgramCode,
    household: Number,
    by: By,
    role: RoleName = "adult",
    member: Annotated[str | None, typer.Option(help="Only this member; else whoever has the secret.")] = None,
) -> None:
    """Invite somebody; the secret is shown this once and good for 14 days."""
    invited: Role = _one_of(role, Role, "--role")

    async def work(desk: Desk) -> dict[str, Any]:
        head = await desk.member(by)
        wanted = None if member is None else await desk.member(member)
        secret = await households.invite(
            desk.tx, desk.program_id, _number(household), head, invited, now=desk.now, member_id=wanted
        )
        return {"household": household, "secret": secret}

    _tell(context, program, work)


def accept(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    secret: Annotated[str, typer.Argument(help="The secret of the invitation.")],
) -> None:
    """Join the household of an invitation."""

    async def work(desk: Desk) -> dict[str, Any]:
        member = await desk.member(ref)
        joined = await households.accept(desk.tx, desk.program_id, secret, member, desk.now)
        return await _shown(desk, joined.id)

    _tell(context, program, work)


def person(
    context: typer.Context,
    program: ProgramCode,
    household: Number,
    ref: Ref,
    by: By,
    role: RoleName = "adult",
    shares: Annotated[
        bool | None, typer.Option(help="Others may spend this member's points; as usual for the role.")
    ] = None,
    spend_max: Annotated[
        str | None,
        typer.Option(
            help="At most so many of others' points of a type; as usual for the role: a child none."
        ),
    ] = None,
    spend_period: Annotated[
        str, typer.Option(help=f"The period of that bound: {', '.join(get_args(SpendPeriod))}.")
    ] = "month",
) -> None:
    """Change what a member of the household is and may."""
    usual, output = USUAL[_one_of(role, Role, "--role")], output_of(context)
    period = _one_of(spend_period, SpendPeriod, "--spend-period")

    async def work(desk: Desk) -> dict[str, Any]:
        number, head = _number(household), await desk.member(by)
        amounts, _ = await desk.amounts(output)
        most = usual.spend_max if spend_max is None else amounts.units(spend_max, hint="--spend-max")
        terms = Terms(usual.role, usual.shares if shares is None else shares, most, period)
        await households.change_person(desk.tx, desk.program_id, number, head, await desk.member(ref), terms)
        return await _shown(desk, number)

    _tell(context, program, work)


def leave(
    context: typer.Context,
    program: ProgramCode,
    household: Number,
    ref: Ref,
    by: Annotated[str | None, typer.Option("--by", help="A head who sends the member away.")] = None,
) -> None:
    """Leave a household, with all points one has; the last one who leaves dissolves it."""

    async def work(desk: Desk) -> dict[str, Any]:
        number, member = _number(household), await desk.member(ref)
        head = None if by is None else await desk.member(by)
        await households.leave(desk.tx, desk.program_id, number, member, desk.now, by=head)
        return await _shown(desk, number)

    _tell(context, program, work)


def dissolve(context: typer.Context, program: ProgramCode, household: Number, by: By) -> None:
    """Dissolve a household: everybody keeps the points one has."""

    async def work(desk: Desk) -> dict[str, Any]:
        number = _number(household)
        await households.dissolve(desk.tx, desk.program_id, number, await desk.member(by), desk.now)
        return await _shown(desk, number)

    _tell(context, program, work)


def spend(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    points: Annotated[str, typer.Argument(help="How many points, such as 120 or 12.50")],
    point_type: PointType = None,
    reference: Annotated[str, typer.Option(help="Your order or case.")] = "",
) -> None:
    """Spend points of a member's household, in its order of drawing."""
    output = output_of(context)

    async def work(desk: Desk) -> dict[str, Any]:
        amounts, config = await desk.amounts(output)
        member = await desk.member(ref)
        done = await pooling.spend_together(
            desk.tx,
            config,
            wallets,
            member,
            amounts.units(points, point_type),
            actor=desk.actor,
            now=desk.now,
            point_type=point_type,
            reference=reference,
        )
        return pooling.spend_answer(done).model_dump(mode="json")

    _tell(context, program, work)


def give_back(
    context: typer.Context,
    program: ProgramCode,
    household: Number,
    pooled_spend: Annotated[str, typer.Argument(help="pls_… of the spend.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")],
    points: Annotated[
        str | None, typer.Option(help="So many, such as 120 or 12.50; all when left out.")
    ] = None,
) -> None:
    """Give a pooled spend back: what was drawn last returns first, to whom it came from."""
    output = output_of(context)

    async def work(desk: Desk) -> dict[str, Any]:
        amounts, config = await desk.amounts(output)
        number, spent = _number(household), decode("pls", pooled_spend)
        code = await pooling.type_of_spend(desk.tx, config.id, number, spent)
        done = await pooling.return_together(
            desk.tx,
            config,
            wallets,
            number,
            spent,
            actor=desk.actor,
            reason=reason,
            now=desk.now,
            points=amounts.some(points, code),
        )
        return pooling.spend_answer(done).model_dump(mode="json")

    _tell(context, program, work)


async def _shown(desk: Desk, number: int) -> dict[str, Any]:
    household = await households.get_household(desk.tx, desk.program_id, number)
    people = await households.list_people(desk.tx, number)
    return pooling.household_answer(household, people).model_dump(mode="json")


def _tell(context: typer.Context, program: str, work: Work) -> None:
    output = output_of(context)

    async def told(desk: Desk) -> tuple[dict[str, Any], Amounts]:
        amounts, _ = await desk.amounts(output)
        return await work(desk), amounts

    facts, amounts = at_desk(output, program, told)
    output.result(facts, "\n".join(_lines(_in_points(facts, amounts))))


def _in_points(facts: dict[str, Any], amounts: Amounts) -> dict[str, Any]:
    """Return a pooled spend, or what the people of a household may spend, with points as people read them."""
    if "people" in facts:
        people = [one | {"spend_max": amounts.points(one["spend_max"])} for one in facts["people"]]
        return facts | {"people": people}
    if "points" not in facts:
        return facts
    code = facts["point_type"]
    parts = [
        one | {name: amounts.points(one[name], code) for name in ("points", "returned")}
        for one in facts["parts"]
    ]
    return facts | {"points": amounts.points(facts["points"], code), "parts": parts}


def _lines(facts: dict[str, Any]) -> list[str]:
    plain = [f"{name} {value}" for name, value in facts.items() if isinstance(value, str | int)]
    rows = [
        ", ".join(f"{n} {v}" for n, v in one.items()) for one in facts.get("people", facts.get("parts", []))
    ]
    return [", ".join(plain), *(f"  {row}" for row in rows)]


def _one_of(text: str, choices: Any, option: str) -> Any:
    if text not in get_args(choices):
        raise typer.BadParameter(f"write one of {', '.join(get_args(choices))}", param_hint=option)
    return text


def _number(text: str) -> int:
    try:
        return decode("hsh", text)
    except ValueError:
        raise UnknownHousehold from None
