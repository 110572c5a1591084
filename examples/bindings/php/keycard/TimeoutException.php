<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

/** Nobody waits any longer; the operation goes on. */
final class TimeoutException extends \RuntimeException
{
}
