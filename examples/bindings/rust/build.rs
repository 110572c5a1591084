// SPDX-License-Identifier: LGPL-2.1-or-later
//! Has bindgen declare the library's functions from its header, and says where the library is.
//!
//! KEYCARD_INCLUDE and KEYCARD_LIBRARY name the folder of headers and the library's file; without them pkg-config does.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn output(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).output();
    let done =
        done.unwrap_or_else(|error| panic!("{program} cannot be run ({error}); Debian has it as package {program}"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

fn installed(variable: &str) -> PathBuf {
    output("pkg-config", &["--print-errors", &format!("--variable={variable}"), "libkeycard"]).trim().into()
}

fn main() {
    for name in ["KEYCARD_INCLUDE", "KEYCARD_LIBRARY"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let include = env::var_os("KEYCARD_INCLUDE").map_or_else(|| installed("includedir"), PathBuf::from);
    let library = match env::var_os("KEYCARD_LIBRARY") {
        Some(file) => Path::new(&file).parent().expect("a file in a folder").to_path_buf(),
        None => installed("libdir"),
    };
    let header = include.join("keycard/keycard.h").display().to_string();
    println!("cargo:rerun-if-changed={header}");
    println!("cargo:rustc-link-search=native={}", library.display());
    println!("cargo:rustc-link-lib=dylib=keycard");
    let only = ["--allowlist-function", "kc_.*", "--no-layout-tests", "--no-doc-comments"];
    let declarations = output("bindgen", &[&[header.as_str()], &only[..]].concat());
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("ffi.rs"), declarations).expect("written");
}
