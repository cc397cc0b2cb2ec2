//! Makes sure that there is a folder to embed and says so when it holds no pages. It must never build them.

use std::fs;
use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    if let Err(error) = fs::create_dir_all(&dist) {
        println!("cargo:warning=cannot create {}: {error}", dist.display());
    }
    if !dist.join("index.html").exists() {
        println!(
            "cargo:warning=web/dist holds no pages; run `npm ci && npm run build` in web/ to embed the UI"
        );
    }
}
