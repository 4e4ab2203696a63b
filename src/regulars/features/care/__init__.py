"""Care: what people of the staff write about members, and the tasks and calls they do for them.

Tables owned: schema `care`. Tasks are made by people, and by rules with the effect `create_task`.
"""

from regulars.features.care.errors import UnknownNote, UnknownTask
from regulars.features.care.keep import (
    change_task,
    open_task,
    open_tasks_of_rules,
    remove_note,
    set_status,
    write_note,
)
from regulars.features.care.model import Asked, AskedByRule, Kind, Note, Status, Task
from regulars.features.care.store import erase_care, select_notes

__all__ = [
    "Asked",
    "AskedByRule",
    "Kind",
    "Note",
    "Status",
    "Task",
    "UnknownNote",
    "UnknownTask",
    "change_task",
    "erase_care",
    "open_task",
    "open_tasks_of_rules",
    "remove_note",
    "select_notes",
    "set_status",
    "write_note",
]
