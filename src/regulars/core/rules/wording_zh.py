"""Rules in Simplified Chinese, in the words of the console. What is walked, and in which order, is `wording.Words`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from regulars.core.rules.ast import Trigger
from regulars.core.rules.fields import Field
from regulars.core.rules.model import Funding, Kind, Measure
from regulars.core.rules.typed import TypedEffect, TypedLimit, TypedLineMatch, TypedTest
from regulars.core.rules.wording import Amount, Sentence, Words

WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")

FIELDS: Final[dict[str, str]] = {
    "store": "门店",
    "region": "区域",
    "channel": "渠道",
    "partner": "合作伙伴",
    "currency": "货币",
    "event.type": "事件",
    "event.occurred_at": "事件时间",
    "order.amount": "订单金额",
    "order.total": "订单总额",
    "order.subtotal": "订单小计",
    "order.revenue": "订单收入",
    "order.shipping": "运费",
    "order.tax": "税",
    "order.discount": "订单折扣",
    "order.coupon": "订单优惠券",
    "order.order_id": "订单号",
    "order.line_count": "订单行数",
    "order.quantity": "商品件数",
    "line.sku": "SKU",
    "line.product_id": "商品编号",
    "line.name": "商品名称",
    "line.brand": "品牌",
    "line.category": "类别",
    "line.variant": "款式",
    "line.coupon": "行优惠码",
    "line.quantity": "数量",
    "line.price": "单价",
    "line.amount": "行金额",
    "line.discount": "行折扣",
    "line.product_points": "商品的积分",
    "weekday": "星期",
    "time": "一天中的时间",
    "date": "日期",
    "month": "月",
    "day": "一月中的日期",
    "year": "年",
    "reward.code": "奖励",
    "reward.category": "奖励的类别",
    "reward.kind": "奖励的种类",
    "reward.partner": "奖励的合作伙伴",
    "reward.price_points": "奖励的积分价格",
    "reward.price_money": "奖励的金额价格",
    "reward.quantity": "奖励的件数",
    "member.tags": "标签",
    "member.lists": "营销名单与人群",
    "member.status": "会员状态",
    "member.joined_at": "加入时间",
    "member.joined_days": "加入天数",
    "member.birthday": "生日",
    "member.birthday.month": "生日月份",
    "member.birthday.day": "生日日期",
    "member.age": "年龄",
}
"""Fields that every program has, by path, as the console calls them."""
IMPLIED: Final[dict[str, str]] = {"behaviour": "此前的购买次数"}
"""Fields that nobody names: a trigger brings them, as a milestone does."""
FAMILIES: Final[dict[str, str]] = {
    "member.tier.": "等级（{}）",
    "event.properties.": "属性“{}”",
    "line.product.": "商品 {}",
}
"""Fields that a program names, by the beginning of their paths."""
WALLETS: Final[dict[str, str]] = {
    "available": "可用积分",
    "pending": "待生效积分",
    "held": "冻结积分",
    "debt": "欠积分",
}

VERBS: Final[dict[str, str]] = {
    "=": "等于",
    "!=": "不等于",
    "<": "小于",
    "<=": "至多为",
    ">": "大于",
    ">=": "至少为",
    "in": "属于",
    "notIn": "不属于",
    "contains": "包含",
    "doesNotContain": "不包含",
    "beginsWith": "开头为",
    "doesNotBeginWith": "开头不为",
    "endsWith": "结尾为",
    "doesNotEndWith": "结尾不为",
}
MOMENT_VERBS = {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于"}
LIST_VERBS = {"in": "至少包含其一：", "notIn": "全不包含："}
TRUTH_VERBS = {"=": "为", "!=": "不为"}

LINES = {"sum": "合计", "min": "最小值", "max": "最大值"}
MEASURES = {"sum": "总和", "min": "最小值", "max": "最大值", "distinct": "不同值的个数"}
WINDOWS = {
    "lifetime": "",
    "last_days": "最近 {days} 天内",
    "day": "当天",
    "week": "本周内",
    "month": "本月内",
    "quarter": "本季度内",
    "year": "本年内",
    "tier_period": "等级体系“{name}”的本期内",
    "since_event": "自最近一次“{name}”以来",
}
LINE_MODES = {
    "some": "有一行",
    "all": "所有行都",
    "none": "没有一行",
    "atLeast": "至少 {n} 行",
    "atMost": "至多 {n} 行",
    "exactly": "恰好 {n} 行",
}
EFFECTS: Final[dict[str, str]] = {
    "set_attribute": "将属性 {name} 设置为“{value}”",
    "add_tag": "添加标签“{tag}”",
    "remove_tag": "移除标签“{tag}”",
    "add_to_list": "加入名单“{list}”",
    "remove_from_list": "移出名单“{list}”",
    "set_tier": "将等级体系“{set}”中的等级设置为“{tier}”",
    "enter_draw": "发放 {tickets} 张抽奖“{draw}”的抽奖券",
    "issue_voucher": "发放券“{voucher}”",
    "send_message": "发送消息“{template}”",
    "create_task": "分配任务“{title}”",
    "call_webhook": "调用 Webhook“{webhook}”",
    "custom": "执行“{name}”",
    "change_price": "将其价格降低 {off}",
}
ROUNDED = {"floor": "向下取整", "ceil": "向上取整", "half_up": "四舍五入", "half_even": "四舍六入五成双"}
PERIODS = {
    "lifetime": "有史以来",
    "order": "每笔订单",
    "day": "每天",
    "week": "每周",
    "month": "每月",
    "quarter": "每季度",
    "year": "每年",
}
PER = {
    "member": "每位会员",
    "rule": "所有会员合计",
    "campaign": "整个活动",
    "member_in_campaign": "活动中每位会员",
}
REWARD_PARTS = {"reward": "奖励", "category": "类别", "kind": "种类"}
REASONS: Final[dict[str, str]] = {
    "applied": "规则已生效",
    "paused": "规则已暂停",
    "group_exclusive": "组“{group}”独占生效",
    "gave_less": "组“{group}”中“{winner}”给得更多",
    "came_later": "组“{group}”中“{winner}”排在前面",
    "limit_reached": "规则的上限已用完：{limit}",
    "campaign_limit_reached": "活动“{campaign}”的预算已用完：{limit}",
    "none_of": "以下各项均不满足：{reasons}",
    "not_held": "不满足：{wanted}",
    "no_order": "需要{wanted}；此事件没有订单",
    "lines": "需要{wanted}；实际有 {count} 行",
    "other": "需要{wanted}；实际为{actual}",
    "unknown": "需要{wanted}；实际未知",
    "too_little": "需要{wanted}；实际为 {actual}，还差 {missing}",
    "too_much": "需要{wanted}；实际为 {actual}，超出 {missing}",
}
HOUSE = "自营方"
PAYERS = {"partner": "合作伙伴", "campaign": "活动"}


def _spaced(*pieces: str) -> str:
    """Pieces side by side, with a space where Chinese meets Latin letters or digits."""
    text = ""
    for piece in pieces:
        meets = text and piece and text[-1].isalnum() and piece[0].isalnum()
        text += f" {piece}" if meets and text[-1].isascii() is not piece[0].isascii() else piece
    return text


CAUSES: Final[dict[str, str]] = {
    "no_rules": "此事件发生时尚未发布规则：首个版本自 {begins} 起生效。",
    "no_rules_yet": "此事件发生时尚未发布规则，目前也没有生效的规则。",
    "earning_blocked": "该会员当时不积分。",
    "nothing_left_of_the_order": "该订单当时已无剩余。",
    "more_than_was_left": "退回的多于该订单当时的剩余：超出部分不扣回任何积分。",
    "order_updated_since": "该订单此后已更新：以更新后的内容为准。",
    "order_of_another_partner": "该订单属于另一合作伙伴，此来源不能代表它。",
    "member_erased": "下单的会员已被删除。",
}


class Chinese(Words):
    """Simplified Chinese: what limits something stands before it."""

    brackets = ("（", "）")
    never = "永不成立"
    formula = "公式的结果"
    reasons = REASONS
    missing = "未知"
    empty = "空"
    balance = "余额最多 {most}"
    causes = CAUSES

    def also(self, parts: Sequence[str]) -> str:
        """`甲、乙并丙`."""
        return parts[0] if len(parts) == 1 else "，".join(parts[:-1]) + "，并" + parts[-1]

    def either(self, parts: Sequence[str]) -> str:
        """`甲、乙或丙`."""
        return parts[0] if len(parts) == 1 else _spaced("、".join(parts[:-1]), "或", parts[-1])

    def joined(self, clauses: Sequence[str], *, every: bool) -> str:
        """Clauses of a group with the same word between all of them."""
        return ("，且" if every else "，或").join(clauses)

    def negated(self, clause: str) -> str:
        """A clause that must not hold."""
        return f"并非（{clause}）"

    def rest(self, number: int) -> str:
        """Values of a list that are not named."""
        return f"另外 {number:,} 个值"

    def noun(self, field: Field) -> str:
        """A field as the console calls it; what the program named keeps its name."""
        if field.path in FIELDS:
            return FIELDS[field.path]
        if field.path in IMPLIED:
            return IMPLIED[field.path]
        if field.path.startswith("member.wallet."):
            code, _, part = field.path.removeprefix("member.wallet.").rpartition(".")
            return f"{WALLETS[part]}（{code}）" if part in WALLETS else field.label
        for beginning, name in FAMILIES.items():
            if field.path.startswith(beginning):
                return name.format(field.path.removeprefix(beginning))
        return field.label

    def truth(self, value: bool) -> str:
        """Yes or no, as a value."""
        return "真" if value else "假"

    def table(self, code: str) -> str:
        """What a decision table yields, as a noun."""
        return f"决策表“{code}”的值"

    def counted(self, amount: Decimal, unit: str) -> str:
        """`1 points`: a code is the same for any number."""
        return _spaced(f"{self.number(amount)} ", unit)

    # --- conditions ---

    def line_match(self, match: TypedLineMatch, where: str) -> str:
        """How many lines of the order meet a condition."""
        mode = LINE_MODES[match.mode].format(n=match.threshold)
        return f"订单{mode}满足（{where}）" if where else f"订单{mode}计入"

    def known(self, subject: str, *, known: bool) -> str:
        """Whether there is a value at all."""
        return _spaced(subject, "存在" if known else "缺失")

    def between(self, subject: str, low: str, high: str, *, inside: bool) -> str:
        """A value in, or out of, a range with both ends."""
        return _spaced(subject, "介于" if inside else "不介于", low, "与", high, "之间")

    def compared(self, test: TypedTest, subject: str, other: str) -> str:
        """A value beside another."""
        return _spaced(subject, self._verb(test.operator, test.subject.kind), other)

    def _verb(self, operator: str, kind: Kind) -> str:
        if kind in {Kind.DATE, Kind.TIME, Kind.INSTANT} and operator in MOMENT_VERBS:
            return MOMENT_VERBS[operator]
        if kind is Kind.TEXTS and operator in LIST_VERBS:
            return LIST_VERBS[operator]
        if kind is Kind.BOOLEAN and operator in TRUTH_VERBS:
            return TRUTH_VERBS[operator]
        return VERBS[operator]

    def of_lines(self, fn: str, of: str, where: str) -> str:
        """A number made from the lines of the order, as a noun."""
        lines = f"满足（{where}）的明细行" if where else "明细行"
        return _spaced(lines, "的", of, LINES[fn]) if of else f"{lines}数"

    def of_events(self, measure: Measure, of: str, where: str) -> str:
        """A number about earlier events, as a noun."""
        window = WINDOWS[measure.window.unit].format(days=measure.window.days, name=measure.window.name)
        events = f"“{measure.event}”" + (f"（仅限{where}）" if where else "")
        if measure.aggregate == "days_since":
            return _spaced(window, f"距最近一次{events}的天数")
        if not of:
            return _spaced(window, f"{events}的次数")
        return _spaced(window, f"{events}的", of, f"的{MEASURES[measure.aggregate]}")

    def starting(self, moment: str) -> str:
        """The first moment of a schedule."""
        return f"{moment} 起"

    def ending(self, moment: str) -> str:
        """The moment at which a schedule is over."""
        return f"{moment} 之前"

    def on_weekdays(self, days: Sequence[int]) -> str:
        """Days of the week, 1 for Monday."""
        return self.either([WEEKDAYS[day - 1] for day in days])

    def within(self, hours: Sequence[tuple[str, str]]) -> str:
        """Hours of the day."""
        return self.either([f"{start} 至 {end}" for start, end in hours])

    def on_days(self, number: int) -> str:
        """Days that recur by a rule of their own, counted."""
        return f"指定的 {number:,} 天之一"

    def is_open(self, parts: Sequence[str], zone: str) -> str:
        """When a schedule lets a rule apply, by whose clock."""
        by = {"program": "", "member": "（按会员所在时区）"}.get(zone, f"（按 {zone} 时区）")
        return _spaced("时间为", "，".join(parts)) + by

    # --- effects ---

    def given(self, amount: Amount) -> str:
        """`给予 1 points` or `扣除 5 points`, behind what they are given for."""
        days = amount.award.pending_days
        pending = f"（{days} 天后可用）" if days is not None else ""
        return self._amount(amount, "扣除" if amount.award.deduct else "给予") + pending

    def _amount(self, amount: Amount, verb: str) -> str:
        award, rounded = amount.award, ROUNDED[amount.award.rounding]
        if award.kind == "multiply":
            return _spaced(f"{verb}“{award.text}”所得", award.point_type, f"的 {amount.by} 倍")
        if award.kind == "formula":
            return _spaced("按公式 ", award.text, f" {verb}", award.point_type) + f"（{rounded}）"
        if award.kind == "table":
            return _spaced(f"按决策表“{award.text}”{verb}", award.point_type)
        if award.kind == "product_points":
            return _spaced(f"{verb}商品自带的", award.point_type)
        if award.kind == "points":
            return _spaced(verb, amount.points)
        if award.kind == "per_line":
            noun, each = ("商品", "每件") if amount.items else ("明细行", "每行")
            lines = f"满足（{amount.where}）的{noun}" if amount.where else noun
            return _spaced(f"{lines}{each}{verb}", amount.points)
        each, whole = ("每满", "仅计整数倍，") if award.whole_steps else ("每", "")
        return _spaced(amount.of, each, amount.per, verb, amount.points) + f"（{whole}{rounded}）"

    def done(self, effect: TypedEffect, value: str, off: str) -> str:
        """Any other effect."""
        return EFFECTS[effect.name].format_map({**effect.arguments, "value": value, "off": off})

    def limited(self, limit: TypedLimit, most: str) -> str:
        """`每位会员每天最多 500 points`."""
        return _spaced(f"{PER[limit.per]}{PERIODS[limit.period]}最多", most)

    def times(self, number: Decimal) -> str:
        """How often."""
        return f"{self.number(number)} 次"

    def percent(self, share: str) -> str:
        """A part of a hundred."""
        return f"{share} %"

    def points(self, number: Decimal) -> str:
        """Points of no kind in particular."""
        return f"{self.number(number)} 积分"

    # --- the sentence ---

    def trigger(self, trigger: Trigger, events: Sequence[str], zone: str) -> str:
        """What makes the rule look, as the beginning of its sentence."""
        kind, settings = trigger.kind, trigger.settings
        if kind == "milestone":
            return f"会员第 {settings['n']} 次购买时" if "n" in settings else "会员首次购买时"
        if kind == "member":
            return "有人加入时"
        if kind == "tier_changed":
            moves = {"up": "升级", "down": "降级"}.get(settings.get("direction", "any"), "等级变化")
            return f"会员在等级体系“{settings['set']}”中{moves}时" if "set" in settings else f"会员{moves}时"
        if kind == "wallet_changed":
            reaches = f"余额达到 {settings['reaches']} 时" if "reaches" in settings else "余额变化时"
            return _spaced(settings["point_type"], reaches)
        if kind == "birthday":
            days = settings.get("days_before", 0)
            return f"会员生日前 {days} 天" if days else "会员生日当天"
        if kind == "anniversary":
            years = settings.get("years")
            return "每逢入会周年" if years is None else f"入会满 {years} 年时"
        if kind == "inactive":
            return f"会员 {settings['days']} 天没有“{settings.get('event', 'Order Completed')}”时"
        if kind == "redemption":
            which = "且".join(f"{REWARD_PARTS[name]}为“{value}”" for name, value in settings.items())
            return f"会员领取{which}的奖励时" if which else "会员领取奖励时"
        if kind == "schedule":
            clock = {"program": "本计划", "member": "会员"}.get(zone, f" {zone} ")
            return f"{_ticks(settings)}（按{clock}的时钟）"
        return f"当发生{self.either([f'“{event}”' for event in events])}时"

    def payers(self, funding: Sequence[Funding]) -> str:
        """Who pays how much, as a sentence."""
        return "，".join(f"{_payer(f.account)}承担 {f.share.normalize():f} %" for f in funding) + "。"

    def whole(self, parts: Sentence) -> str:
        """All parts of a rule in their order."""
        given = (
            _spaced("，如果", self.joined(parts.conditions, every=True), "，则") if parts.conditions else "，"
        )
        text = "；".join([_spaced(parts.trigger, given, self.also(parts.actions)), *parts.limits]) + "。"
        text += parts.payers
        return text if parts.active else f"（已暂停）{text}"

    def unreadable(self, why: str) -> str:
        """A rule with a mistake in it."""
        return f"暂时无法读出此规则：{why}"


def _payer(account: str) -> str:
    kind, _, code = account.partition(":")
    return f"{PAYERS[kind]} {code} " if code else HOUSE


def _ticks(settings: dict[str, Any]) -> str:
    if "daily" in settings:
        return f"每天 {settings['daily']}"
    if "weekly" in settings:
        weekly = settings["weekly"]
        return f"每个{WEEKDAYS[weekly['weekday'] - 1]} {weekly['at']}"
    return f"按时间表“{settings['cron']}”"
