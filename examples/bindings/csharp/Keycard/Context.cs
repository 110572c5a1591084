// SPDX-License-Identifier: LGPL-2.1-or-later
// The context: ledger, event loop, events.
using System;
using System.Collections.Generic;

namespace Keycard
{
    /// <summary>One instance of the library. It and what is reached from it belong to one thread at a time, except keys,
    /// ended operations, Cancel and Wakeup; Dispatcher is such a thread. Dispose closes everything but keys;
    /// awaited operations that run are cancelled tasks then.</summary>
    public sealed partial class Context : Handle
    {
        internal readonly References References;
        internal readonly Dictionary<IntPtr, Progress> Running = new Dictionary<IntPtr, Progress>();
        readonly List<Queue<Event>> listeners = new List<Queue<Event>>();

        /// <summary>Opens a context with its ledger, such as "sqlite:/var/lib/pms/keys.db" or "memory:". With a key, 32
        /// bytes, guest data are encrypted there.</summary>
        public Context(string ledger = "memory:", byte[] ledgerKey = null) : this(ledger, ledgerKey, new References())
        {
        }

        Context(string ledger, byte[] key, References references) : base(Made(), Calls.kc_context_unref, null, references)
        {
            References = references;
            try
            {
                if (key != null)
                    Check(Calls.kc_context_set_ledger_key(Reference, key, new UIntPtr((uint)key.Length)));
                Check(Calls.kc_context_set_ledger(Reference, Utf8.Encode(ledger)));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        static IntPtr Made()
        {
            IntPtr pointer;
            KeycardException.Check(Calls.kc_context_new(out pointer));
            return pointer;
        }

        void Check(int status)
        {
            KeycardException.Check(status, () => Calls.kc_context_get_error(Reference));
        }

        /// <summary>Version of the library that runs.</summary>
        public static string Version
        {
            get { return Utf8.Decode(Calls.kc_version()); }
        }

        /// <summary>Makes a site. Set its time zone and default times before filling in requests.</summary>
        public Site NewSite(string name)
        {
            IntPtr site;
            Check(Calls.kc_site_new(Reference, Utf8.Encode(name), out site));
            return new Site(site, this);
        }

        /// <summary>Readable when Dispatch is to be called: for other event loops.</summary>
        public int FileDescriptor
        {
            get { return Calls.kc_context_get_fd(Reference); }
        }

        /// <summary>Does what can be done now, and hands the events out. Never blocks.</summary>
        public void Dispatch()
        {
            References.Sweep();
            KeycardException.Check(Calls.kc_context_dispatch(Reference));
            for (IntPtr pointer; (pointer = Calls.kc_context_next_event(Reference)) != IntPtr.Zero;)
                HandOut(new Event(pointer, this));
        }

        void HandOut(Event what)
        {
            foreach (var listener in listeners)
                listener.Enqueue(what);
            IntPtr operation = Calls.kc_event_get_op(what.Reference);
            Progress progress;
            if (operation == IntPtr.Zero || !Running.TryGetValue(operation, out progress))
                return;
            bool last = what.Type == EventType.Done;
            if (last)
                Running.Remove(operation);
            progress.Take(what, last);
        }

        /// <summary>Waits until there is something to do, then does it. False when the time is over.</summary>
        public bool Wait(TimeSpan? timeout = null)
        {
            double time = timeout == null ? -1 : Math.Max(0, timeout.Value.TotalMilliseconds);
            int milliseconds = (int)Math.Min(time, int.MaxValue);
            bool found = KeycardException.Check(Calls.kc_context_wait(Reference, milliseconds)) > 0;
            Dispatch();
            return found;
        }

        /// <summary>Lets Wait return. Any thread.</summary>
        public void Wakeup()
        {
            KeycardException.Check(Calls.kc_context_wakeup(Reference));
        }

        /// <summary>All events from the first step of the iteration on. It blocks, and does not end by itself.
        /// </summary>
        public IEnumerable<Event> Events()
        {
            var queue = new Queue<Event>();
            listeners.Add(queue);
            try
            {
                while (true)
                {
                    while (queue.Count == 0)
                        Wait();
                    yield return queue.Dequeue();
                }
            }
            finally
            {
                listeners.Remove(queue);
            }
        }

        public override void Dispose()
        {
            References.Close();
            base.Dispose();
            foreach (var progress in Running.Values)
                progress.Abandon();
            Running.Clear();
        }
    }

    /// <summary>Something that happened.</summary>
    public sealed partial class Event : Handle
    {
        internal Event(IntPtr pointer, Context context) : base(pointer, Calls.kc_event_unref, context)
        {
        }

        int? StateOf(EventType type)
        {
            return Type == type ? Calls.kc_event_get_state(Reference) : (int?)null;
        }

        /// <summary>What a person must do; null if this is no prompt.</summary>
        public Prompt? Prompt
        {
            get
            {
                int prompt = Calls.kc_event_get_prompt(Reference);
                return prompt == 0 ? (Prompt?)null : (Prompt)prompt;
            }
        }

        /// <summary>The state that the operation entered, or null.</summary>
        public State? OperationState
        {
            get { return (State?)StateOf(EventType.State); }
        }

        /// <summary>The state that the encoder had when the event was made, or null.</summary>
        public EncoderState? EncoderState
        {
            get { return (EncoderState?)StateOf(EventType.Encoder); }
        }

        /// <summary>The state that the system's link had when the event was made, or null.</summary>
        public LinkState? LinkState
        {
            get { return (LinkState?)StateOf(EventType.System); }
        }

        /// <summary>The state that the device had when the event was made, or null.</summary>
        public DeviceState? DeviceState
        {
            get { return (DeviceState?)StateOf(EventType.Device); }
        }
    }
}
