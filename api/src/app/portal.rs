//! The portal's files, which are part of the binary.

use actix_web::{HttpRequest, HttpResponse, http::header};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";
const NOT_BUILT: &str =
    "The portal was not built into this binary. Build it with: cargo xtask web, then build again.\n";

/// The file of that path. A path without an ending is a page of the portal, and gets index.html.
pub(super) fn file(request: &HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    let path = if name.contains('.') { path } else { INDEX };
    let precompressed = [".br", ".gz"].iter().any(|ending| path.ends_with(ending));
    if precompressed || Files::get(path).is_none() {
        return if path == INDEX {
            HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body(NOT_BUILT)
        } else {
            HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("There is no such file.\n")
        };
    }
    let accepted =
        request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoded = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| accepts(accepted, name))
        .find_map(|(name, ending)| Files::get(&format!("{path}{ending}")).map(|file| (file, Some(name))));
    let Some((file, encoding)) = encoded.or_else(|| Files::get(path).map(|file| (file, None))) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = etag(&file);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept-Encoding")).insert_header((header::ETAG, tag.clone()));
    // Every file but index.html and the icon has a hash of its content in its path.
    let hashed = path.contains('-');
    response.insert_header((
        header::CACHE_CONTROL,
        if hashed { "public, max-age=31536000, immutable" } else { "no-cache" },
    ));
    if request.headers().get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes()) {
        return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
    }
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    response.content_type(media_type(path)).body(file.data.into_owned())
}

/// Whether an `Accept-Encoding` names an encoding and does not rule it out with `q=0`.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut parts = part.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        named && !parts.any(|parameter| parameter.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)))
    })
}

fn etag(file: &EmbeddedFile) -> String {
    format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..8]))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_as_they_are_offered() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("", "gzip"));
    }
}
