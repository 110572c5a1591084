// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors as exceptions.
import * as codes from './codes.js';
import { kc } from './library.js';

/**
 * What went wrong, what it means for the card, and what to do. No guest data are in it.
 *
 * code ('no-card'), advice ('retry') and cardState ('not-written') are names; message, adviceText, field, vendorCode
 * and vendorText are texts; status is the number; operation is the Operation that ended so, or null for a refused
 * call.
 */
export class KeycardError extends Error {
  constructor(status, error = null, operation = null) {
    super(kc.kc_error_get_message(error) || kc.kc_status_text(status));
    this.name = 'KeycardError';
    this.status = status;
    this.code = kc.kc_status_name(status);
    this.advice = codes.advice.name(kc.kc_error_get_advice(error));
    this.adviceText = kc.kc_error_get_advice_text(error);
    this.cardState = codes.outcome.name(kc.kc_error_get_card_state(error));
    this.field = kc.kc_error_get_field(error);
    this.vendorCode = kc.kc_error_get_vendor_code(error);
    this.vendorText = kc.kc_error_get_vendor_text(error);
    // not shown when the error is logged
    Object.defineProperty(this, 'operation', { value: operation });
  }
}

/** Throws what a call returned; `getError(pointer)` is the error of its object, if it has one. */
export function check(status, getError = null, pointer = null) {
  if (status < 0) throw new KeycardError(status, getError && getError(pointer));
  return status;
}
