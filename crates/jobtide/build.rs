//! Makes sure that the embedded folders exist and are watched: who only works on Rust need not
//! build the page first. It also enables identical code folding in the linker, as the engine's
//! generics produce many equal functions, and packs relocations.

use std::path::Path;
use std::process::Command;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["pipeline", "web/dist"] {
        let folder = root.join(folder);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            println!("cargo::error=cannot create `{}`: {error}", folder.display());
        }
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    // Only where the toolchain ships its own linker, which supports the option: others may not.
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu")
        && std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        // 7 MB less; C libraries before 2.36 do not start such a program.
        if c_library().is_some_and(|version| version >= (2, 36)) {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// Version of this machine's GNU C library.
fn c_library() -> Option<(u32, u32)> {
    let printed = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let printed = String::from_utf8(printed.stdout).ok()?;
    let (major, minor) = printed.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
