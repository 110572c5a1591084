// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

/** The codes of the library. One of a newer library is OTHER. */
public final class Codes {
    private Codes() {
    }

    /** What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text(). */
    public enum Status {
        /** Done. */
        OK(0),
        /** A value is not valid; the error names field and fault. */
        INVALID_ARGUMENT(-1),
        /** Memory is used up. */
        NO_MEMORY(-2),
        /** No such operation, key, encoder, policy, option or driver. */
        NOT_FOUND(-3),
        /** This lock system, or its configuration, does not offer this. */
        NOT_OFFERED(-4),
        /** A policy of the site forbids this. */
        POLICY(-5),
        /** No room is allocated: no room, no key. */
        NO_ROOM(-6),
        /** No active original: a duplicate could void, so it is refused. */
        NO_ORIGINAL(-7),
        /** This station has no last used encoder. */
        NO_LAST_ENCODER(-8),
        /** The outcome of an earlier operation is unknown; resolve that first. */
        UNRESOLVED(-9),
        /** More than the lock system takes (rooms, areas, text, dates, copies). */
        LIMIT(-10),
        /** The lock system does not take this kind of contact. */
        CONTACT(-11),
        /** An operation with this idempotency key is still running elsewhere. */
        IN_PROGRESS(-12),
        /** This idempotency key was used for a different request. */
        IDEMPOTENCY(-13),
        /** Not possible in this state of the object. */
        STATE(-14),
        /** Cancelled by kc_op_cancel() or by the end of the context. */
        CANCELLED(-15),
        /** The person asked by a confirmation said no. */
        DECLINED(-16),
        /** The ledger cannot be opened, read or written. */
        LEDGER(-20),
        /** The disk under the ledger is full. */
        LEDGER_FULL(-21),
        /** The ledger file is damaged or is not a ledger. */
        LEDGER_DAMAGED(-22),
        /** The ledger was written by a newer version of the library. */
        LEDGER_NEWER(-23),
        /** The ledger is locked by another program. */
        LEDGER_BUSY(-24),
        /** The ledger may not be written. */
        LEDGER_READ_ONLY(-25),
        /** The ledger is encrypted with another key than was given. */
        LEDGER_KEY(-26),
        /** The lock system cannot be reached. */
        UNREACHABLE(-30),
        /** The connection to the lock system was lost. */
        CONNECTION_LOST(-31),
        /** The lock system did not answer in time. */
        TIMED_OUT(-32),
        /** The lock system answered something that its protocol does not allow. */
        PROTOCOL(-33),
        /** The lock system did not take the request (busy or line error). */
        NOT_ACCEPTED(-34),
        /** The encoder does not answer the lock system. */
        ENCODER_OFFLINE(-40),
        /** The encoder is busy with another task. */
        ENCODER_BUSY(-41),
        /** No card was presented in time. */
        NO_CARD(-42),
        /** The card cannot be written or read. */
        CARD(-43),
        /** The card belongs to another system or is damaged. */
        CARD_FORMAT(-44),
        /** The card is in use otherwise, for example by staff. */
        CARD_REFUSED(-45),
        /** Mechanical fault of the encoder. */
        ENCODER_FAULT(-46),
        /** The lock system does not know the room. */
        UNKNOWN_ROOM(-50),
        /** The room is out of service in the lock system. */
        ROOM_UNAVAILABLE(-51),
        /** A key of this room is being made at another station. */
        ROOM_BUSY(-52),
        /** For the lock system the room is checked out. */
        NOT_CHECKED_IN(-53),
        /** No more one-shot keys for this room. */
        ONE_SHOT_LIMIT(-54),
        /** Fault in the lock system itself. */
        LOCK_SYSTEM(-55),
        /** Another error of the lock system: see vendor code and text. */
        VENDOR(-56),
        /** The lock system could not make the mobile key. */
        MOBILE(-57),
        /** The lock system rejected the request as malformed. */
        SYNTAX(-58),
        /** The lock system, or a proxy before it, refuses user or password. */
        CREDENTIALS(-59),
        /** The operating system refused something (descriptors, permissions). */
        SYSTEM(-60),
        /** The certificate of the lock system is not trusted. */
        CERTIFICATE(-61),
        /** The lock system does not know the area, or not for this key. */
        UNKNOWN_AREA(-62),
        /** In the lock system another stay stands against this. */
        CONFLICT(-63),
        /** The lock system makes no more keys for this stay or room. */
        KEY_LIMIT(-64),
        /** The lock cannot be reached, so it learns nothing without a new card. */
        LOCK_OFFLINE(-65),
        /** The key on the card is that of another property. */
        OTHER_SITE(-66),
        /** The key on the card is copied, changed, or not made with this site's key. */
        NOT_AUTHENTIC(-67),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Status(int code) {
            this.code = code;
        }

        static Status of(int code) {
            for (Status one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_status_name(code));
        }
    }

    /** What happened to the card or in the lock server. */
    public enum Outcome {
        /** Not finished. */
        PENDING(0),
        /** Nothing took effect; also of a question that was answered. */
        NOT_WRITTEN(1),
        /** It took effect. */
        WRITTEN(2),
        /** It may or may not have taken effect: settle it with kc_op_resolve(). */
        UNKNOWN(3),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Outcome(int code) {
            this.code = code;
        }

        static Outcome of(int code) {
            for (Outcome one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_outcome_name(code));
        }
    }

    /** What to do next. */
    public enum Advice {
        /** Nothing to do. */
        NONE(0),
        /** Change the named field of the request, then ask again. */
        CORRECT_REQUEST(1),
        /** Try again; nothing was written. */
        RETRY(2),
        /** Take another card, then try again. */
        NEW_CARD(3),
        /** Use another encoder, or see to this one. */
        OTHER_ENCODER(4),
        /** Find out what is on the card: read it or try the door. */
        RESOLVE(5),
        /** Correct the configuration here or in the lock system. */
        CHECK_CONFIGURATION(6),
        /** See that the lock system runs and can be reached. */
        CHECK_CONNECTION(7),
        /** Make an original first. */
        ISSUE_ORIGINAL(8),
        /** Call who looks after the lock system; quote vendor code and text. */
        CALL_VENDOR(9),
        /** See to the ledger: disk space, permissions, backup. */
        CHECK_LEDGER(10),
        /** Read a card at this station, so that it has a last used encoder. */
        READ_CARD(11),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Advice(int code) {
            this.code = code;
        }

        static Advice of(int code) {
            for (Advice one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** Levels of log messages. */
    public enum LogLevel {
        /** Something failed. */
        ERROR(1),
        /** Something is not as it should be. */
        WARNING(2),
        /** Links and operations. */
        INFO(3),
        /** Also the wire, with guest data and secrets masked. */
        DEBUG(4),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        LogLevel(int code) {
            this.code = code;
        }

        static LogLevel of(int code) {
            for (LogLevel one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /**
     * Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as
     * the last. What a person must do is an event, not an error.
     */
    public enum EventType {
        /** The operation entered another state: kc_event_get_state(). */
        STATE(1),
        /** A person must do something: kc_event_get_prompt(). */
        PROMPT(2),
        /** Adapted, or to be known, before anything is sent: kc_event_get_text(). */
        WARNING(3),
        /** The operation ended: kc_op_get_status(). The last event of an operation. */
        DONE(4),
        /** An encoder appeared or changed state: kc_event_get_encoder(). */
        ENCODER(5),
        /** A link came up or went down, or kc_system_has() changed: kc_event_get_system(). */
        SYSTEM(6),
        /** Somebody else recorded or changed an operation: kc_context_watch_ledger(). */
        LEDGER(7),
        /** A device came, went or changed: kc_context_watch_devices(), kc_event_get_device(). */
        DEVICE(8),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        EventType(int code) {
            this.code = code;
        }

        static EventType of(int code) {
            for (EventType one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_event_type_name(code));
        }
    }

    /** Values of prompt. */
    public enum Prompt {
        /** Put card number/count on the encoder. */
        PRESENT_CARD(1),
        /** Take the card away. */
        TAKE_CARD(2),
        /** Answer with kc_op_answer(); kc_event_get_text() is the question. */
        CONFIRM(3),
        /** Put card number/count on the encoder again: it is read back. */
        CHECK_CARD(4),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Prompt(int code) {
            this.code = code;
        }

        static Prompt of(int code) {
            for (Prompt one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_prompt_name(code));
        }
    }

    /**
     * What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it.
     */
    public enum Capability {
        /** kc_issue_original(), kc_reissue() */
        ORIGINAL(1),
        /** kc_issue_duplicate() */
        DUPLICATE(2),
        /** kc_issue_one_shot() */
        ONE_SHOT(3),
        /** kc_send_mobile() */
        MOBILE(4),
        /** kc_read_card() */
        READ(5),
        /** kc_check_out() */
        CHECK_OUT(6),
        /** kc_cancel_key() */
        CANCEL_KEY(7),
        /** kc_modify_stay() */
        MODIFY_STAY(8),
        /** mobile key returned as bytes, kc_request_set_return_image() */
        KEY_IMAGE(9),
        /** takes a phone number */
        PHONE(10),
        /** takes an e-mail address */
        EMAIL(11),
        /** areas can be denied, kc_request_remove_area() */
        DENY_AREAS(12),
        /** returns the serial number of the card */
        CARD_SERIAL(13),
        /** tells its encoders itself */
        LIST_ENCODERS(14),
        /** kc_block_stay(), kc_unblock_stay() */
        BLOCK_STAY(15),
        /** key of a card returned as bytes, kc_request_set_card_serial() */
        CARD_IMAGE(16),
        /** tells whether a mobile key arrived, kc_check_mobile() */
        DELIVERY(17),
        /** writes a key that came as bytes, kc_write_image() */
        WRITE_IMAGE(18),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Capability(int code) {
            this.code = code;
        }

        static Capability of(int code) {
            for (Capability one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_capability_name(code));
        }
    }

    /**
     * Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are
     * adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which
     * must arrive as they are.
     */
    public enum Limit {
        /** rooms on one key */
        ROOMS(1),
        /** characters of a room name, as mapped; 0: any length */
        ROOM_LENGTH(2),
        /** the highest area number, as mapped; 0: no areas */
        AREAS(3),
        /** characters of the guest's name; 0: not transmitted */
        GUEST_LENGTH(4),
        /** characters of the operator; 0: not transmitted */
        OPERATOR_LENGTH(5),
        /** lines of text on the card */
        TEXT_LINES(6),
        /** characters of such a line */
        TEXT_LENGTH(7),
        /** characters of the message with a mobile key */
        MESSAGE_LENGTH(8),
        /** cards in one request */
        COPIES(9),
        /** granularity of times in minutes: 1, or 60 for whole hours */
        MINUTES(10),
        /** the furthest year */
        LAST_YEAR(11),
        /** 1 if the start is transmitted, 0 if keys are valid at once */
        START(12),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Limit(int code) {
            this.code = code;
        }

        static Limit of(int code) {
            for (Limit one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_limit_name(code));
        }
    }

    /** Values of link state. */
    public enum LinkState {
        /** Not connected. */
        DOWN(1),
        /** Being connected. */
        CONNECTING(2),
        /** Connected; over HTTP: ready to ask. Whether anybody answers shows then. */
        UP(3),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        LinkState(int code) {
            this.code = code;
        }

        static LinkState of(int code) {
            for (LinkState one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** Values of encoder state. */
    public enum EncoderState {
        /** Not heard of yet. */
        UNKNOWN(1),
        /** It answered at its last contact. */
        ONLINE(2),
        /** An operation is using it. */
        BUSY(3),
        /** It, or its lock system, did not answer at its last contact. */
        OFFLINE(4),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        EncoderState(int code) {
            this.code = code;
        }

        static EncoderState of(int code) {
            for (EncoderState one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_encoder_state_name(code));
        }
    }

    /** What kc_context_watch_devices() tells. */
    public enum DeviceWatch {
        /** No events of devices. */
        OFF(0),
        /** Events of what comes and goes; nothing is opened. */
        LIST(1),
        /** Also asks those that a driver lists by their USB ids who they are. */
        IDENTIFY(2),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        DeviceWatch(int code) {
            this.code = code;
        }

        static DeviceWatch of(int code) {
            for (DeviceWatch one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** How a device stands. */
    public enum DeviceState {
        /** Plugged in; it was not asked who it is. */
        PRESENT(1),
        /** It is being asked; ends within seconds. */
        ASKING(2),
        /** It answered as an encoder: kc_device_get_driver(), kc_device_get_model(). */
        ENCODER(3),
        /** It did not answer as an encoder: kc_device_get_error(). */
        NO_ENCODER(4),
        /** A system of this context has it open: kc_device_get_system(). */
        IN_USE(5),
        /** It could not be opened: kc_device_get_error() tells why, and what to do. */
        REFUSED(6),
        /** It was unplugged. Plugged in again it is another handle with the same name. */
        GONE(7),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        DeviceState(int code) {
            this.code = code;
        }

        static DeviceState of(int code) {
            for (DeviceState one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_device_state_name(code));
        }
    }

    /** Values of verb. */
    public enum Verb {
        /** kc_issue_original() */
        ISSUE_ORIGINAL(1),
        /** kc_issue_duplicate() */
        ISSUE_DUPLICATE(2),
        /** kc_reissue() */
        REISSUE(3),
        /** kc_issue_one_shot() */
        ISSUE_ONE_SHOT(4),
        /** kc_send_mobile() */
        SEND_MOBILE(5),
        /** kc_read_card() */
        READ_CARD(6),
        /** kc_check_out() */
        CHECK_OUT(7),
        /** kc_modify_stay() */
        MODIFY_STAY(8),
        /** kc_cancel_key() */
        CANCEL_KEY(9),
        /** kc_site_discover() */
        DISCOVER(10),
        /** kc_op_resolve() */
        RESOLVE(11),
        /** kc_list_keys() */
        LIST_KEYS(12),
        /** kc_list_ops() */
        LIST_OPS(13),
        /** kc_find_op() */
        FIND_OP(14),
        /** kc_forget_guest() */
        FORGET_GUEST(15),
        /** kc_block_stay() */
        BLOCK_STAY(16),
        /** kc_unblock_stay() */
        UNBLOCK_STAY(17),
        /** kc_check_mobile() */
        CHECK_MOBILE(18),
        /** kc_verify_ledger() */
        VERIFY_LEDGER(19),
        /** kc_forget_departed() */
        FORGET_DEPARTED(20),
        /** kc_copy_ledger() */
        COPY_LEDGER(21),
        /** kc_backup_ledger() */
        BACKUP_LEDGER(22),
        /** kc_write_image() */
        WRITE_IMAGE(23),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Verb(int code) {
            this.code = code;
        }

        static Verb of(int code) {
            for (Verb one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_verb_name(code));
        }
    }

    /** Values of state. */
    public enum State {
        /** Waits for its encoder, the ledger, or an answer to a confirmation. */
        QUEUED(1),
        /** Waits for the link. */
        CONNECTING(2),
        /** Sent; the encoder waits for a card. */
        WAITING(3),
        /** Sent; the lock system is at work. */
        ENCODING(4),
        /** Ended. */
        DONE(5),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        State(int code) {
            this.code = code;
        }

        static State of(int code) {
            for (State one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_state_name(code));
        }
    }

    /** Values of answer. */
    public enum Answer {
        /** Do not go on: KC_ERROR_DECLINED. */
        NO(0),
        /** Go on. */
        YES(1),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Answer(int code) {
            this.code = code;
        }

        static Answer of(int code) {
            for (Answer one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** Values of resolve. */
    public enum Resolution {
        /** Read the card and compare; the clerk puts it on the encoder. */
        READ_CARD(1),
        /** The clerk says: it opens, it took effect. */
        OPENS(2),
        /** The clerk says: it does not, nothing took effect. */
        DOES_NOT_OPEN(3),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Resolution(int code) {
            this.code = code;
        }

        static Resolution of(int code) {
            for (Resolution one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** Questions to the ledger are operations too: they never block the loop. */
    public enum Filter {
        /** of the whole site */
        ALL(1),
        /** of one booking */
        BOOKING(2),
        /** of one room */
        ROOM(3),
        /** outcome unknown and not settled; value is not used */
        UNRESOLVED(4),
        /** wanted, but not confirmed by the lock system */
        NOT_CONFIRMED(5),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Filter(int code) {
            this.code = code;
        }

        static Filter of(int code) {
            for (Filter one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }
    }

    /** Immutable: a kc_key shows the record as it was when it was fetched. */
    public enum Kind {
        /** first key of a stay */
        ORIGINAL(1),
        /** further key of a stay */
        DUPLICATE(2),
        /** opens once */
        ONE_SHOT(3),
        /** mobile key that started the stay */
        MOBILE(4),
        /** mobile key as a further key of the stay */
        MOBILE_DUPLICATE(5),
        /** read from a card: staff or master card */
        STAFF(6),
        /** read from a card: spare guest card */
        SPARE(7),
        /** read from a card: diagnostic card */
        DIAGNOSTIC(8),
        /** read from a card: not a card of this system */
        UNKNOWN(9),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        Kind(int code) {
            this.code = code;
        }

        static Kind of(int code) {
            for (Kind one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_kind_name(code));
        }
    }

    /** Values of key state. */
    public enum KeyState {
        /** being made */
        PENDING(1),
        /** outcome unknown */
        UNRESOLVED(2),
        /** made, and not known to be void */
        ACTIVE(3),
        /** the attempt failed, nothing was written */
        NOT_MADE(4),
        /** made void: by a later original, or cancelled and confirmed by the lock system */
        VOIDED(5),
        /** its stay is checked out */
        CHECKED_OUT(6),
        /** its stay is blocked: kc_unblock_stay() makes it active again */
        BLOCKED(7),
        /** One that this binding does not know. */
        OTHER(Integer.MIN_VALUE);

        /** The number that the library uses. */
        public final int code;

        KeyState(int code) {
            this.code = code;
        }

        static KeyState of(int code) {
            for (KeyState one : values())
                if (one.code == code)
                    return one;
            return OTHER;
        }

        /** Its stable name, such as it stands in logs. */
        public String label() {
            return Text.decode(Calls.kc_key_state_name(code));
        }
    }
}
