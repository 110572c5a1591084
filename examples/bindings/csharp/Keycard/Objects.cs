// SPDX-License-Identifier: LGPL-2.1-or-later
// Sites, lock systems, encoders, requests, keys and drivers; most of their members stand in Members.cs.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Keycard
{
    /// <summary>One property. Questions to its ledger are operations.</summary>
    public sealed partial class Site : Handle
    {
        internal Site(IntPtr pointer, Context context) : base(pointer, Calls.kc_site_unref, context)
        {
        }

        /// <summary>Makes a lock system; the first part of the URI tells of which kind.</summary>
        public LockSystem NewSystem(string name, string uri)
        {
            IntPtr system;
            KeycardException.Check(Calls.kc_system_new(Reference, Utf8.Encode(name), Utf8.Encode(uri), out system),
                                   () => Calls.kc_site_get_error(Reference));
            return new LockSystem(system, Context);
        }

        /// <summary>Makes an empty request.</summary>
        public Request NewRequest()
        {
            IntPtr request;
            KeycardException.Check(Calls.kc_request_new(Reference, out request));
            return new Request(request, Context);
        }
    }

    /// <summary>One lock system of a site.</summary>
    public sealed partial class LockSystem : Handle
    {
        internal LockSystem(IntPtr pointer, Context context) : base(pointer, Calls.kc_system_unref, context)
        {
        }

        internal static LockSystem Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new LockSystem(Calls.kc_system_ref(pointer), context);
        }
    }

    /// <summary>What writes a card.</summary>
    public sealed partial class Encoder : Handle
    {
        internal Encoder(IntPtr pointer, Context context) : base(pointer, Calls.kc_encoder_unref, context)
        {
        }

        internal static Encoder Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new Encoder(Calls.kc_encoder_ref(pointer), context);
        }
    }

    /// <summary>Something plugged into this computer that may be an encoder; it becomes one of a site by giving its
    /// Uri to NewSystem.</summary>
    public sealed partial class Device : Handle
    {
        Device(IntPtr pointer, Context context) : base(pointer, Calls.kc_device_unref, context)
        {
        }

        internal static Device Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new Device(Calls.kc_device_ref(pointer), context);
        }

        /// <summary>Why it is NoEncoder or Refused, as an exception that is not thrown; else null.</summary>
        public KeycardException Error
        {
            get
            {
                IntPtr error = Calls.kc_device_get_error(Reference);
                if (error == IntPtr.Zero)
                    return null;
                var exception = new KeycardException((Status)Calls.kc_error_get_code(error), error, null);
                GC.KeepAlive(this);
                return exception;
            }
        }
    }

    /// <summary>What is wanted. Setters check at once and can be chained; it may be changed and used again.</summary>
    public sealed partial class Request : Handle
    {
        internal Request(IntPtr pointer, Context context) : base(pointer, Calls.kc_request_unref, context)
        {
        }
    }

    /// <summary>One record of the ledger, or what was read from a card. It never changes; any thread.</summary>
    public sealed partial class Key : Handle
    {
        Key(IntPtr pointer) : base(pointer, Calls.kc_key_unref, null)
        {
        }

        internal static Key Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new Key(Calls.kc_key_ref(pointer));
        }

        /// <summary>The key as bytes if it came back so, or null.</summary>
        public byte[] Image
        {
            get
            {
                UIntPtr size;
                IntPtr bytes = Calls.kc_key_get_image(Reference, out size);
                if (bytes == IntPtr.Zero)
                    return null;
                var image = new byte[checked((int)size.ToUInt64())];
                Marshal.Copy(bytes, image, 0, image.Length);
                GC.KeepAlive(this);
                return image;
            }
        }
    }

    /// <summary>What an open key says that was read from a card, after it was held against the site's key: for who makes
    /// locks. It needs no context and never changes; any thread.</summary>
    public sealed partial class OpenKey : Handle
    {
        OpenKey(IntPtr pointer) : base(pointer, Calls.kc_open_key_unref, null)
        {
        }

        static UIntPtr Size(byte[] bytes)
        {
            return new UIntPtr(bytes == null ? 0u : (uint)bytes.Length);
        }

        /// <summary>Reads an open key from the NDEF message of a contactless card with this serial number.</summary>
        public static OpenKey CheckCard(int siteNumber, byte[] siteKey, byte[] uid, byte[] message)
        {
            IntPtr key;
            KeycardException.Check(Calls.kc_open_key_check_card(siteNumber, siteKey, Size(siteKey), uid, Size(uid),
                                                                message, Size(message), out key));
            return new OpenKey(key);
        }

        /// <summary>Reads an open key from the 37 digits of track 2 of a stripe.</summary>
        public static OpenKey CheckStripe(int siteNumber, byte[] siteKey, string track)
        {
            IntPtr key;
            KeycardException.Check(Calls.kc_open_key_check_stripe(siteNumber, siteKey, Size(siteKey), Utf8.Encode(track),
                                                                  out key));
            return new OpenKey(key);
        }
    }

    /// <summary>What is known of a kind of lock system, before anything is connected. Any thread.</summary>
    public sealed partial class Driver
    {
        readonly IntPtr pointer;

        Driver(IntPtr pointer)
        {
            this.pointer = pointer;
        }

        internal static Driver Borrowed(IntPtr pointer, Context context)
        {
            return pointer == IntPtr.Zero ? null : new Driver(pointer);
        }

        internal static IntPtr Address(Driver driver)
        {
            return driver == null ? IntPtr.Zero : driver.pointer;
        }

        /// <summary>The driver of this name, or null.</summary>
        public static Driver Find(string name)
        {
            return Borrowed(Calls.kc_driver_find(Utf8.Encode(name)), null);
        }

        /// <summary>All that are compiled in.</summary>
        public static IReadOnlyList<Driver> All
        {
            get { return Handle.List(Calls.kc_driver_count(), index => Borrowed(Calls.kc_driver_get(index), null)); }
        }
    }
}
