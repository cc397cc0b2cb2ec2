//! The built pages of `web/dist`, embedded. It must never know the product: only paths, bytes and content types.

use include_dir::{Dir, File, include_dir};

static DIST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");

/// Where Vite puts files whose names carry a hash of their content.
const HASHED_FOLDER: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>ippo</title></head>\n\
<body>\n<h1>The pages are not part of this build</h1>\n\
<p>This ippo was compiled before its web UI was built. Run <code>make build</code>, or\n\
<code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> and compile again.</p>\n\
<p>Everything else works: the API under <code>/api/v1</code>, OTLP, and the command line.</p>\n</body>\n</html>\n";

/// One embedded file, ready to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The file as built, uncompressed.
    pub bytes: &'static [u8],
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// True where the name carries a hash of the content, so that a cache may keep it for ever.
    pub immutable: bool,
}

/// The file at `path` (with or without a leading slash), or `None` where the build made none.
///
/// The page itself is no asset: see [`index`].
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    if path == "index.html" {
        return None;
    }
    DIST.get_file(path).map(embedded)
}

/// The page that starts the UI, for every address that is no asset; `None` where the UI was not built.
pub fn index() -> Option<Asset> {
    DIST.get_file("index.html").map(embedded)
}

/// [`index`], or a plain page that says how to build the UI.
pub fn page() -> Asset {
    index().unwrap_or(Asset {
        bytes: NOT_BUILT.as_bytes(),
        content_type: content_type("html"),
        immutable: false,
    })
}

fn embedded(file: &'static File<'static>) -> Asset {
    let path = file.path();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    Asset {
        bytes: file.contents(),
        content_type: content_type(extension),
        immutable: path.to_str().is_some_and(|path| path.starts_with(HASHED_FOLDER)),
    }
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page_and_it_is_never_kept() {
        let page = page();
        assert!(!page.immutable);
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(page.bytes.starts_with(b"<!doctype html>"));
        assert_eq!(index().is_some(), page.bytes != NOT_BUILT.as_bytes());
    }

    #[test]
    fn what_was_not_built_is_not_there() {
        assert_eq!(asset("assets/none.js"), None);
        assert_eq!(asset("../Cargo.toml"), None);
        assert_eq!(asset("/etc/passwd"), None);
        assert_eq!(asset(""), None);
        assert_eq!(asset("index.html"), None);
    }

    #[test]
    fn hashed_files_may_be_kept_for_ever_and_others_may_not() {
        for file in DIST.files().chain(DIST.dirs().flat_map(Dir::files)) {
            let path = file.path().to_str().expect("Vite writes UTF-8 names");
            let embedded = embedded(file);
            assert_eq!(embedded.immutable, path.starts_with("assets/"), "{path}");
            assert_ne!(embedded.content_type, "application/octet-stream", "{path} has no content type");
        }
    }

    #[test]
    fn the_page_brings_nothing_inline_that_the_content_security_policy_would_refuse() {
        let page = String::from_utf8_lossy(page().bytes).into_owned();
        assert!(!page.contains("<style"));
        assert!(!page.contains("style=\""));
        for script in page.split("<script").skip(1) {
            assert!(script.contains("src=\""), "an inline script: {script}");
        }
    }
}
