//! Makes sure that the folders which are built into the program exist and are watched: an editor who
//! only works on Rust need not build the page first.

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["pipeline", "web/dist"] {
        let folder = root.join(folder);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            println!("cargo::error=cannot create `{}`: {error}", folder.display());
        }
        println!("cargo::rerun-if-changed={}", folder.display());
    }
}
