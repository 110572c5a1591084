// SPDX-License-Identifier: LGPL-2.1-or-later
// Handles: each object holds one reference of the library's; it is given back by Dispose, with its context, or with the
// object. And texts on their way in and out.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace Keycard
{
    /// <summary>One reference. A call that gets it keeps it alive.</summary>
    sealed class Reference : SafeHandle
    {
        readonly Func<IntPtr, IntPtr> unref;
        readonly References references; // of the context; null for a key
        readonly bool isContext;

        internal Reference(IntPtr pointer, Func<IntPtr, IntPtr> unref, References references, bool isContext)
            : base(IntPtr.Zero, true)
        {
            this.unref = unref;
            this.references = references;
            this.isContext = isContext;
            SetHandle(pointer);
        }

        internal IntPtr Address
        {
            get { return handle; }
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        protected override bool ReleaseHandle()
        {
            unref(handle);
            return true;
        }

        /// <summary>By the finalizer: the thread that has the context gives the reference back, when it comes by.
        /// </summary>
        protected override void Dispose(bool disposing)
        {
            if (!disposing && isContext)
                references.Close(); // which no thread has any more: all its objects were collected with it
            bool ours = !isContext && references != null && !IsInvalid && !IsClosed;
            if (!disposing && ours && references.Leave(handle, unref))
                SetHandleAsInvalid();
            base.Dispose(disposing);
        }
    }

    /// <summary>The references of one context, so that it can close them all.</summary>
    sealed class References
    {
        readonly List<WeakReference<Reference>> known = new List<WeakReference<Reference>>();
        List<KeyValuePair<IntPtr, Func<IntPtr, IntPtr>>> left = new List<KeyValuePair<IntPtr, Func<IntPtr, IntPtr>>>();
        int pruneAt = 64;
        bool closed;

        internal void Add(Reference reference)
        {
            lock (this)
            {
                if (known.Count >= pruneAt)
                {
                    Reference still;
                    known.RemoveAll(one => !one.TryGetTarget(out still) || still.IsClosed);
                    pruneAt = Math.Max(64, 2 * known.Count);
                }
                known.Add(new WeakReference<Reference>(reference));
            }
        }

        /// <summary>Leaves a reference for the thread that has the context; false if there is none any more.</summary>
        internal bool Leave(IntPtr pointer, Func<IntPtr, IntPtr> unref)
        {
            lock (this)
            {
                if (!closed)
                    left.Add(new KeyValuePair<IntPtr, Func<IntPtr, IntPtr>>(pointer, unref));
                return !closed;
            }
        }

        /// <summary>Gives back what was left. In the thread that has the context.</summary>
        internal void Sweep()
        {
            List<KeyValuePair<IntPtr, Func<IntPtr, IntPtr>>> found;
            lock (this)
            {
                if (left.Count == 0)
                    return;
                found = left;
                left = new List<KeyValuePair<IntPtr, Func<IntPtr, IntPtr>>>();
            }
            foreach (var one in found)
                one.Value(one.Key);
        }

        internal void Close()
        {
            lock (this)
            {
                closed = true;
                Reference still;
                foreach (var one in known)
                    if (one.TryGetTarget(out still))
                        still.Dispose();
                known.Clear();
            }
            Sweep();
        }
    }

    /// <summary>What all objects have in common. Used after Dispose they throw ObjectDisposedException.</summary>
    public abstract class Handle : IDisposable
    {
        internal readonly Reference Reference;
        internal readonly Context Context;

        internal Handle(IntPtr pointer, Func<IntPtr, IntPtr> unref, Context context)
            : this(pointer, unref, context, context == null ? null : context.References)
        {
            if (context != null)
                context.References.Add(Reference);
        }

        internal Handle(IntPtr pointer, Func<IntPtr, IntPtr> unref, Context context, References references)
        {
            Reference = new Reference(pointer, unref, references, context == null && references != null);
            Context = context;
        }

        /// <summary>Gives the object back before its time. It need not be called.</summary>
        public virtual void Dispose()
        {
            Reference.Dispose();
        }

        internal static IReadOnlyList<T> List<T>(int count, Func<int, T> get)
        {
            var list = new T[count];
            for (int i = 0; i < count; i++)
                list[i] = get(i);
            return list;
        }

        /// <summary>What there is before the one behind the last.</summary>
        internal static IReadOnlyList<T> Series<T>(Func<int, T> get, T last) where T : class
        {
            var list = new List<T>();
            for (T one; !Equals(one = get(list.Count), last);)
                list.Add(one);
            return list;
        }
    }

    static class Utf8
    {
        static readonly Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>A text for the library; null stays null.</summary>
        internal static byte[] Encode(string text)
        {
            if (text == null)
                return null;
            try
            {
                if (text.IndexOf('\0') < 0)
                    return Strict.GetBytes(text + '\0');
            }
            catch (EncoderFallbackException)
            {
            }
            throw new KeycardException(Status.InvalidArgument,
                                       "The text holds a NUL character or half of a surrogate pair.");
        }

        /// <summary>A text of the library, which is UTF-8 and never NULL.</summary>
        internal static unsafe string Decode(IntPtr pointer)
        {
            var bytes = (byte*)pointer;
            int length = 0;
            while (bytes[length] != 0)
                length++;
            return length == 0 ? "" : Encoding.UTF8.GetString(bytes, length);
        }
    }
}
