"""What a credit transfer initiation may look like: ISO 20022 pain.001.001.09 within the SEPA rules of EPC132-08.

Told as a table, one row an element that we write: its children in their order, each once unless marked `?` or `+`, or
the pattern of its text. Optional elements of the standard that we never write are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

SPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
TEXT_35, TEXT_70, TEXT_140 = r".{1,35}", r".{1,70}", r".{1,140}"
AMOUNT = r"(?!0\.00$)[0-9]{1,9}\.[0-9]{2}"
IBAN, BIC = r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{1,30}", r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"

SEQUENCES: Final = {
    "Document": "CstmrCdtTrfInitn",
    "CstmrCdtTrfInitn": "GrpHdr PmtInf+",
    "GrpHdr": "MsgId CreDtTm NbOfTxs CtrlSum InitgPty",
    "InitgPty": "Nm",
    "PmtInf": "PmtInfId PmtMtd BtchBookg? NbOfTxs CtrlSum PmtTpInf? ReqdExctnDt Dbtr DbtrAcct DbtrAgt UltmtDbtr?"
    " ChrgBr? CdtTrfTxInf+",
    "ReqdExctnDt": "Dt",
    "Dbtr": "Nm",
    "DbtrAcct": "Id",
    "DbtrAgt": "FinInstnId",
    "FinInstnId": "BICFI? Othr?",
    "CdtTrfTxInf": "PmtId PmtTpInf? Amt ChrgBr? UltmtDbtr? CdtrAgt? Cdtr CdtrAcct UltmtCdtr? Purp? RmtInf?",
    "PmtId": "InstrId? EndToEndId",
    "Amt": "InstdAmt",
    "CdtrAgt": "FinInstnId",
    "Cdtr": "Nm",
    "CdtrAcct": "Id",
    "RmtInf": "Ustrd?",
    "Othr": "Id",
    "Id": "IBAN",
}
TEXTS: Final = {
    "MsgId": TEXT_35,
    "CreDtTm": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?",
    "NbOfTxs": r"[0-9]{1,15}",
    "CtrlSum": r"[0-9]{1,15}\.[0-9]{2}",
    "Nm": TEXT_70,
    "PmtInfId": TEXT_35,
    "PmtMtd": "TRF",
    "Dt": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "IBAN": IBAN,
    "BICFI": BIC,
    "EndToEndId": TEXT_35,
    "InstdAmt": AMOUNT,
    "Ustrd": TEXT_140,
}
# What banks take (EPC217-08); identifications neither begin nor end with a slash, nor have two of them.
LETTERS: Final = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
IDENTIFICATIONS: Final = ("MsgId", "PmtInfId", "EndToEndId")


def faults(document: bytes) -> list[str]:
    """Return what is wrong with a payment file; [] for one that a bank takes."""
    root = ElementTree.fromstring(document)
    found = list(_faults(root, "Document"))
    blocks = [one.text for one in root.iter(f"{{{SPACE}}}PmtInfId")]
    payments = [one.text for one in root.iter(f"{{{SPACE}}}EndToEndId")]
    if len(set(blocks)) < len(blocks) or len(set(payments)) < len(payments):
        found.append("an identification occurs twice")
    return found


def _faults(element: ElementTree.Element, path: str) -> Iterator[str]:
    space, _, name = element.tag.removeprefix("{").rpartition("}")
    if space != SPACE:
        yield f"{path}: in {space!r}"
    children = [child.tag.rpartition("}")[2] for child in element]
    if not children:
        yield from _text(name, element, path)
        return
    if not re.fullmatch(_pattern(name, path), "".join(f"{child} " for child in children)):
        yield f"{path}: {' '.join(children)}"
    if (element.text or "").strip():
        yield f"{path}: a text between elements"
    for child, of in zip(element, children, strict=True):
        yield from _faults(child, f"{path}/{of}")


def _pattern(name: str, path: str) -> str:
    if name == "FinInstnId":
        return "(BICFI |Othr )"
    parts = SEQUENCES.get(name, "nothing").split()
    return "".join(f"(?:{part.rstrip('?+')} ){part[len(part.rstrip('?+')) :]}" for part in parts)


def _text(name: str, element: ElementTree.Element, path: str) -> Iterator[str]:
    text, pattern = element.text or "", TEXTS.get(name)
    if path.endswith("Othr/Id"):
        pattern = "NOTPROVIDED"
    if pattern is None or not re.fullmatch(pattern, text) or not LETTERS.fullmatch(text):
        yield f"{path}: {text!r}"
    if name in IDENTIFICATIONS and (text.startswith("/") or text.endswith("/") or "//" in text):
        yield f"{path}: slashes in {text!r}"
    if name == "InstdAmt" and set(element.attrib) != {"Ccy"}:
        yield f"{path}: a currency is missing"
