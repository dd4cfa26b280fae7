//! The portal's files, which are part of the binary.

use crate::app::brand::Brand;
use actix_web::{
    HttpRequest, HttpResponse,
    body::MessageBody,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";
const NOT_BUILT: &str =
    "The portal was not built into this binary. Build it with: cargo xtask web, then build again.\n";

/// The file of that path. A path without an ending is a page of the portal, and gets index.html.
pub(super) fn file(request: &HttpRequest, brand: &Brand) -> HttpResponse {
    if let Some(logo) = brand.logo.as_ref().filter(|logo| logo.kind.path == request.path()) {
        return answer(
            request,
            logo.kind.media_type,
            &tag(&Sha256::digest(&logo.content)),
            false,
            logo.content.clone(),
        );
    }
    let path = request.path().trim_start_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    let path = if name.contains('.') { path } else { INDEX };
    let precompressed = [".br", ".gz"].iter().any(|ending| path.ends_with(ending));
    let Some(whole) = Files::get(path).filter(|_| !precompressed) else {
        let text = if path == INDEX { NOT_BUILT } else { "There is no such file.\n" };
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body(text);
    };
    if path == INDEX
        && let Some(page) = str::from_utf8(&whole.data).ok().and_then(|page| brand.applied(page))
    {
        return answer(request, media_type(path), &tag(&Sha256::digest(&page)), false, page);
    }
    let accepted =
        request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoded = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| accepts(accepted, name))
        .find_map(|(name, ending)| Files::get(&format!("{path}{ending}")).map(|file| (file, Some(name))));
    let (file, encoding) = encoded.unwrap_or((whole, None));
    // Every file but index.html and the icon has a hash of its content in its path.
    let hashed = path.contains('-');
    let mut response =
        answer(request, media_type(path), &tag(&file.metadata.sha256_hash()), hashed, file.data.into_owned());
    if let Some(encoding) = encoding.filter(|_| response.status() == StatusCode::OK) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The content, unless the browser has it. `forever`: there will never be another one at this path.
fn answer(
    request: &HttpRequest,
    media_type: &str,
    tag: &str,
    forever: bool,
    content: impl MessageBody + 'static,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept-Encoding")).insert_header((header::ETAG, tag));
    let keep = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.insert_header((header::CACHE_CONTROL, keep));
    if request.headers().get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes()) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(media_type).body(content)
}

/// Whether an `Accept-Encoding` names an encoding and does not rule it out with `q=0`.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut parts = part.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        named && !parts.any(|parameter| parameter.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)))
    })
}

/// The content's hash as an `ETag`.
fn tag(hash: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&hash[..8]))
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
