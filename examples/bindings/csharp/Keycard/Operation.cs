// SPDX-License-Identifier: LGPL-2.1-or-later
// Following an operation: by waiting, by its events, or as a task.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace Keycard
{
    /// <summary>What has come of a running operation and was not looked at yet.</summary>
    sealed class Progress
    {
        internal readonly Queue<Event> Events = new Queue<Event>();
        internal bool Ended;
        TaskCompletionSource<bool> more;
        bool abandoned;

        /// <summary>Ends when another event has come.</summary>
        internal Task More
        {
            get
            {
                if (more == null)
                    more = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (abandoned)
                    more.TrySetCanceled();
                return more.Task;
            }
        }

        internal void Take(Event what, bool last)
        {
            Events.Enqueue(what);
            Ended = last;
            var waiting = more;
            more = null;
            if (waiting != null)
                waiting.SetResult(true);
        }

        /// <summary>The context is closed: nothing comes any more.</summary>
        internal void Abandon()
        {
            abandoned = true;
            if (more != null)
                more.TrySetCanceled();
        }
    }

    /// <summary>One attempt. Wait blocks until it has ended; await does not. Disposing of it does not cancel it.</summary>
    public sealed partial class Operation : Handle, IEquatable<Operation>
    {
        readonly Progress progress;

        /// <summary>What was just started has its events before it, even if it is done already.</summary>
        Operation(IntPtr pointer, Context context, bool started) : base(pointer, Calls.kc_op_unref, context)
        {
            if (context.Running.TryGetValue(pointer, out progress))
                return;
            progress = new Progress { Ended = !started && IsDone };
            if (!progress.Ended)
                context.Running[pointer] = progress;
        }

        internal static Operation Started(IntPtr pointer, Context context)
        {
            return new Operation(pointer, context, true);
        }

        internal static Operation Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new Operation(Calls.kc_op_ref(pointer), context, false);
        }

        /// <summary>Whether it has ended.</summary>
        public bool IsDone
        {
            get { return State == State.Done; }
        }

        /// <summary>What went wrong, as an exception that is not thrown; null if nothing did.</summary>
        public KeycardException Error
        {
            get
            {
                IntPtr error = Calls.kc_op_get_error(Reference);
                if (error == IntPtr.Zero)
                    return null;
                var exception = new KeycardException((Status)Calls.kc_error_get_code(error), error, this);
                GC.KeepAlive(this);
                return exception;
            }
        }

        /// <summary>The key that was made, or the card that was read; null if there is none.</summary>
        public Key Key
        {
            get
            {
                var key = Key.Borrowed(Calls.kc_op_get_key(Reference, 0), null);
                GC.KeepAlive(this);
                return key;
            }
        }

        /// <summary>This operation if it ended well; else its error is thrown.</summary>
        public Operation Result()
        {
            if (Status != Status.Ok)
                throw Error ?? new KeycardException(Status, IntPtr.Zero, this);
            return this;
        }

        /// <summary>Waits until it has ended: this operation if it ended well; else its error is thrown.
        /// TimeoutException when the time is over; the operation goes on then.</summary>
        public Operation Wait(TimeSpan? timeout = null)
        {
            var clock = Stopwatch.StartNew();
            while (!IsDone)
            {
                TimeSpan? left = timeout == null ? null : timeout - clock.Elapsed;
                if (!Context.Wait(left) && left <= TimeSpan.Zero && !IsDone)
                    throw new TimeoutException("The operation " + Id + " is still " + State.Label() + ".");
            }
            return Result();
        }

        /// <summary>What happens to it until it has ended: blocks, and ends with DONE.</summary>
        public IEnumerable<Event> Events()
        {
            while (true)
            {
                while (progress.Events.Count == 0)
                {
                    if (progress.Ended)
                        yield break;
                    Context.Wait();
                }
                yield return progress.Events.Dequeue();
            }
        }

        /// <summary>The next event of it without blocking; null after the last. See Dispatcher.</summary>
        public async Task<Event> NextEvent()
        {
            while (progress.Events.Count == 0)
            {
                if (progress.Ended)
                    return null;
                await progress.More;
            }
            return progress.Events.Dequeue();
        }

        /// <summary>The same as Wait without blocking. See Dispatcher.</summary>
        public async Task<Operation> Completion()
        {
            while (!IsDone)
                await progress.More;
            return Result();
        }

        /// <summary>For await.</summary>
        public TaskAwaiter<Operation> GetAwaiter()
        {
            return Completion().GetAwaiter();
        }

        /// <summary>Two objects of the same operation are equal.</summary>
        public bool Equals(Operation other)
        {
            return other != null && other.Reference.Address == Reference.Address;
        }

        public override bool Equals(object other)
        {
            return Equals(other as Operation);
        }

        public override int GetHashCode()
        {
            return Reference.Address.GetHashCode();
        }
    }
}
