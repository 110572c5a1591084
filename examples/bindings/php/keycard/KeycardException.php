<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** What went wrong, what it means for the card, and what to do. No guest data are in it. The code is a status. */
final class KeycardException extends \RuntimeException
{
    /** The name of the status, such as 'no-card'. */
    public readonly string $name;
    public readonly ?Advice $advice;
    /** The advice as a sentence for the clerk. */
    public readonly string $adviceText;
    /** What happened to the card. */
    public readonly ?Outcome $cardState;
    /** What was wrong: a field of the request, an option or an argument; or ''. */
    public readonly string $field;
    /** The lock system's own code, or ''. */
    public readonly string $vendorCode;
    /** The lock system's own words, or ''. */
    public readonly string $vendorText;

    /** $operation is the one that ended so, or null for a call that was refused. */
    public function __construct(int $status, ?CData $error = null, public readonly ?Operation $operation = null)
    {
        $library = Library::$functions;
        $this->name = $library->kc_status_name($status);
        $this->advice = Advice::tryFrom($library->kc_error_get_advice($error));
        $this->adviceText = $library->kc_error_get_advice_text($error);
        $this->cardState = Outcome::tryFrom($library->kc_error_get_card_state($error));
        $this->field = $library->kc_error_get_field($error);
        $this->vendorCode = $library->kc_error_get_vendor_code($error);
        $this->vendorText = $library->kc_error_get_vendor_text($error);
        parent::__construct($library->kc_error_get_message($error) ?: $library->kc_status_text($status), $status);
    }

    public function status(): ?Status
    {
        return Status::tryFrom($this->code);
    }
}
