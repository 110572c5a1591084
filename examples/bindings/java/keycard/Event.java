// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import keycard.Codes.DeviceState;
import keycard.Codes.EncoderState;
import keycard.Codes.EventType;
import keycard.Codes.LinkState;
import keycard.Codes.Prompt;
import keycard.Codes.State;

/** Something that happened. */
public final class Event extends Members.OfEvent {
    Event(long pointer, Context context) {
        super(pointer, Calls::kc_event_unref, context);
    }

    /** What a person must do; null if this is no prompt. */
    public Prompt prompt() {
        int prompt = Calls.kc_event_get_prompt(pointer());
        return prompt == 0 ? null : Prompt.of(prompt);
    }

    private int state() {
        return Calls.kc_event_get_state(pointer());
    }

    /** The state that the operation entered, or null. */
    public State operationState() {
        return type() == EventType.STATE ? State.of(state()) : null;
    }

    /** The state that the encoder had when the event was made, or null. */
    public EncoderState encoderState() {
        return type() == EventType.ENCODER ? EncoderState.of(state()) : null;
    }

    /** The state that the system's link had when the event was made, or null. */
    public LinkState linkState() {
        return type() == EventType.SYSTEM ? LinkState.of(state()) : null;
    }

    /** The state that the device had when the event was made, or null. */
    public DeviceState deviceState() {
        return type() == EventType.DEVICE ? DeviceState.of(state()) : null;
    }
}
