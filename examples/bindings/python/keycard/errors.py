# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors as exceptions."""
from ._library import NULL, decode, lib
from .codes import Advice, Outcome, Status


class KeycardError(Exception):
    """What went wrong, what it means for the card, and what to do.

    code, advice and card_state are codes; name, message, advice_text, field, vendor_code and vendor_text are texts.
    operation is the Operation that ended so, or None for a call that was refused. No guest data are in it.
    """

    def __init__(self, status, error=NULL, operation=None):
        self.code = Status(status)
        self.name = decode(lib.kc_status_name(status))
        self.operation = operation
        self.advice = Advice(lib.kc_error_get_advice(error))
        self.card_state = Outcome(lib.kc_error_get_card_state(error))
        self.message = decode(lib.kc_error_get_message(error)) or decode(lib.kc_status_text(status))
        self.advice_text = decode(lib.kc_error_get_advice_text(error))
        self.field = decode(lib.kc_error_get_field(error))
        self.vendor_code = decode(lib.kc_error_get_vendor_code(error))
        self.vendor_text = decode(lib.kc_error_get_vendor_text(error))
        super().__init__(f"{self.message} {self.advice_text}".rstrip())


def check(status, error_of=None, pointer=NULL):
    """Raises what a call returned; `error_of(pointer)` is the error of its object, if it has one."""
    if status < 0:
        raise KeycardError(status, error_of(pointer) if error_of else NULL)
    return status
