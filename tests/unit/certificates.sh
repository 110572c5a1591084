#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes keys and certificates for the tests of TLS: sh certificates.sh FOLDER
set -eu
cd "$1"

key()
{
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# own NAME: a certificate that is its own authority; extensions on standard input
own()
{
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.pem" $2
}

# issued NAME DAYS EXTENSIONS: one of the authority "ca"
issued()
{
    key "$1"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf '%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" -extfile "$1.ext" -out "$1.pem" \
        2>/dev/null
}

own ca "-addext keyUsage=critical,keyCertSign"
own other-ca "-addext keyUsage=critical,keyCertSign"
own self-signed "-addext subjectAltName=IP:127.0.0.1"
issued good 30 "subjectAltName=IP:127.0.0.1,DNS:localhost"
issued expired -1 "subjectAltName=IP:127.0.0.1"
issued elsewhere 30 "subjectAltName=DNS:elsewhere.example"
# `openssl x509` cannot begin later than now
key future
openssl req -new -key future.key -subj "/CN=future" -out future.csr
printf 'subjectAltName=IP:127.0.0.1\n' >future.ext
: >index.txt
openssl ca -batch -notext -config /dev/stdin -in future.csr -out future.pem -cert ca.pem -keyfile ca.key \
    -startdate 20580101000000Z -enddate 20590101000000Z -extfile future.ext 2>/dev/null <<END
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
END
issued client 30 "extendedKeyUsage=clientAuth"
openssl ec -in client.key -aes128 -passout pass:secret-of-key -out client-locked.key 2>/dev/null
for name in good self-signed other-ca; do
    openssl pkey -in "$name.key" -pubout -outform DER | openssl dgst -sha256 -binary | openssl base64 >"$name.pin"
done
printf 'no certificate\n' >broken.pem
