// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread that has a context, for programs that await operations.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Keycard
{
    /// <summary>A thread with a context of its own. Work that is given to Run runs there, and goes on there after each
    /// await; any number of such works at once.</summary>
    public sealed class Dispatcher : SynchronizationContext, IDisposable
    {
        readonly Queue<KeyValuePair<SendOrPostCallback, object>> posted =
            new Queue<KeyValuePair<SendOrPostCallback, object>>();
        readonly Context context;
        readonly Thread thread;
        bool stopped; // in the context's thread
        bool ended;   // under the lock of posted: nobody serves it any more

        /// <summary>Opens a context with its ledger, and starts the thread.</summary>
        public Dispatcher(string ledger = "memory:")
        {
            context = new Context(ledger);
            thread = new Thread(Serve) { IsBackground = true, Name = "keycard" };
            thread.Start();
        }

        void Serve()
        {
            SetSynchronizationContext(this);
            try
            {
                while (!stopped)
                {
                    RunPosted();
                    if (!stopped)
                        context.Wait();
                }
            }
            finally
            {
                lock (posted)
                    ended = true;
                context.Dispose();
                RunPosted();
            }
        }

        void RunPosted()
        {
            while (true)
            {
                KeyValuePair<SendOrPostCallback, object> work;
                lock (posted)
                {
                    if (posted.Count == 0)
                        return;
                    work = posted.Dequeue();
                }
                work.Key(work.Value);
            }
        }

        /// <summary>Runs a callback in the context's thread; once that has ended, in any, so that it learns of it. Any
        /// thread.</summary>
        public override void Post(SendOrPostCallback work, object state)
        {
            lock (posted)
            {
                if (!ended)
                {
                    posted.Enqueue(new KeyValuePair<SendOrPostCallback, object>(work, state));
                    context.Wakeup();
                    return;
                }
            }
            ThreadPool.QueueUserWorkItem(one => work(one), state);
        }

        /// <summary>Runs work in the context's thread. Any thread.</summary>
        public Task<T> Run<T>(Func<Context, Task<T>> work)
        {
            var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(async _ =>
            {
                try
                {
                    result.SetResult(await work(context));
                }
                catch (Exception exception)
                {
                    result.SetException(exception);
                }
            }, null);
            return result.Task;
        }

        /// <summary>Runs work in the context's thread. Any thread.</summary>
        public Task Run(Func<Context, Task> work)
        {
            return Run(async context =>
            {
                await work(context);
                return true;
            });
        }

        /// <summary>Ends the thread and closes the context. Tasks that await an operation are cancelled, and the ledger has
        /// its outcome as unknown if it had been sent. Not to be called in the context's thread.</summary>
        public void Dispose()
        {
            Post(_ => stopped = true, null);
            thread.Join();
        }
    }
}
