"""The payments of a netting as a file for banks: ISO 20022 pain.001.001.09, or CSV. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from unicodedata import combining, normalize
from xml.etree import ElementTree

from regulars.features.partners import Bank
from regulars.flows.settlement.errors import BankMissing
from regulars.flows.settlement.model import Payment
from regulars.flows.settlement.settle import Netted, parties
from regulars.kit.money import format_money

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# What may stand in a payment's texts (EPC217-08); everything else becomes a dot.
_FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
# Letters that are not made of one of these and a mark, as the same document writes them.
_ALIKE: Final = str.maketrans(
    {"&": "+", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ı": "i", "“": "'", "”": "'", "’": "'", "‘": "'", "–": "-", "—": "-"}
)
# Of the 140 letters of the standard, SEPA passes on 70 (EPC132-08).
NAME_LETTERS_MAX: Final = 70
CSV_COLUMNS: Final = (
    "number",
    "payer",
    "payer_iban",
    "payee",
    "payee_iban",
    "amount",
    "currency",
    "due_on",
    "reference",
)


def check_banks(done: Netted, banks: Mapping[str, Bank | None]) -> dict[str, Bank]:
    """Return the bank account of everybody who pays or is paid. Refuses with BankMissing (fact `parties`)."""
    known = {party: bank for party in parties(done) if (bank := banks.get(party)) is not None}
    missing = [party or "the program" for party in parties(done) if party not in known]
    if missing:
        raise BankMissing(parties=missing)
    return known


def reference_of(done: Netted, payment: Payment) -> str:
    """Return the end-to-end reference of a payment, the same whenever the file is made."""
    return f"NET-{done.netting.id}-{payment.number}"


def payment_csv(done: Netted, banks: Mapping[str, Bank], program: str) -> str:
    """Return the payments as CSV; amounts in major units."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for one in done.payments:
        writer.writerow(
            (
                one.number,
                one.payer or program,
                banks[one.payer].iban,
                one.payee or program,
                banks[one.payee].iban,
                format_money(one.amount, done.netting.currency),
                done.netting.currency,
                done.netting.due_on.isoformat(),
                reference_of(done, one),
            )
        )
    return text.getvalue()


def payment_xml(done: Netted, banks: Mapping[str, Bank], program: str, made_at: datetime) -> bytes:
    """Return the payments as a customer credit transfer initiation, one block of payments for each payer."""
    root = ElementTree.Element("Document", xmlns=NAMESPACE)
    order = _add(root, "CstmrCdtTrfInitn")
    head = _add(order, "GrpHdr")
    _add(head, "MsgId", f"NET-{done.netting.id}")
    _add(head, "CreDtTm", made_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(head, "NbOfTxs", str(len(done.payments)))
    _add(head, "CtrlSum", _sum(done, done.payments))
    _add(_add(head, "InitgPty"), "Nm", clean(program, NAME_LETTERS_MAX))
    for payer in parties(done):
        mine = [one for one in done.payments if one.payer == payer]
        if mine:
            _block(order, done, payer, mine, banks)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return document


def _block(
    order: ElementTree.Element, done: Netted, payer: str, mine: list[Payment], banks: Mapping[str, Bank]
) -> None:
    block = _add(order, "PmtInf")
    _add(block, "PmtInfId", f"NET-{done.netting.id}-P{mine[0].number}")
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", str(len(mine)))
    _add(block, "CtrlSum", _sum(done, mine))
    _add(_add(block, "ReqdExctnDt"), "Dt", done.netting.due_on.isoformat())
    _party(block, "Dbtr", banks[payer])
    for one in mine:
        transfer = _add(block, "CdtTrfTxInf")
        _add(_add(transfer, "PmtId"), "EndToEndId", reference_of(done, one))
        amount = _add(_add(transfer, "Amt"), "InstdAmt", format_money(one.amount, done.netting.currency))
        amount.set("Ccy", done.netting.currency)
        _payee(transfer, banks[one.payee])
        _add(_add(transfer, "RmtInf"), "Ustrd", f"Settlement {reference_of(done, one)}")


def _party(block: ElementTree.Element, role: str, bank: Bank) -> None:
    _add(_add(block, role), "Nm", clean(bank.holder, NAME_LETTERS_MAX))
    _add(_add(_add(block, f"{role}Acct"), "Id"), "IBAN", bank.iban)
    agent = _add(_add(block, f"{role}Agt"), "FinInstnId")
    if bank.bic:
        _add(agent, "BICFI", bank.bic)
    else:
        _add(_add(agent, "Othr"), "Id", "NOTPROVIDED")


def _payee(transfer: ElementTree.Element, bank: Bank) -> None:
    if bank.bic:
        _add(_add(_add(transfer, "CdtrAgt"), "FinInstnId"), "BICFI", bank.bic)
    _add(_add(transfer, "Cdtr"), "Nm", clean(bank.holder, NAME_LETTERS_MAX))
    _add(_add(_add(transfer, "CdtrAcct"), "Id"), "IBAN", bank.iban)


def clean(text: str, letters: int) -> str:
    """Return a text with the letters that every bank takes, cut to length: "Söhne & Co" → "Sohne + Co"."""
    plain = "".join(one for one in normalize("NFKD", text.translate(_ALIKE)) if not combining(one))
    return _FOREIGN.sub(".", plain)[:letters]


def _sum(done: Netted, payments: list[Payment]) -> str:
    return format_money(sum(one.amount for one in payments), done.netting.currency)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child
