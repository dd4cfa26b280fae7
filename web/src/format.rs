//! How figures and instants are written.

use crate::{preferences, strings::strings};
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use leptos::wasm_bindgen::JsValue;
use shared::{Failure, Timestamp};
use std::{cell::RefCell, collections::HashMap};

thread_local! {
    /// How parts of instants are written, in UTC or not: to make such a function takes the browser far longer than to use it.
    static WRITERS: RefCell<HashMap<(Part, bool), Function>> = RefCell::default();
}

/// How much of an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Day and time.
    Full,
    /// The day.
    Date,
    /// Hours, minutes and seconds.
    Time,
    /// Hours and minutes.
    Clock,
    /// Day and month.
    Day,
    /// Day, month and hour.
    DayAndClock,
    /// Day, month and time.
    DayAndTime,
    /// The year.
    Year,
}

/// An instant, day and time.
pub(crate) fn instant(at: Timestamp) -> String {
    part(at, Part::Full)
}

/// An instant in UTC, as servers log it.
pub(crate) fn instant_utc(at: Timestamp) -> String {
    written(at, Part::Full, true) + " UTC"
}

/// An instant, and behind it the same in UTC where that is something else: without the day, where that is the same.
pub(crate) fn instant_and_utc(at: Timestamp) -> (String, Option<String>) {
    let (shown, utc) = (instant(at), instant_utc(at));
    if preferences::utc() || utc.starts_with(&shown) {
        return (utc, None);
    }
    let is_same_day = written(at, Part::Date, false) == written(at, Part::Date, true);
    (shown, Some(if is_same_day { written(at, Part::Time, true) + " UTC" } else { utc }))
}

/// A part of an instant of today; of another day, day and time, without the year where it is this one.
pub(crate) fn moment(at: Timestamp, today: Part) -> String {
    let other = || if is_now(at, Part::Year) { Part::DayAndTime } else { Part::Full };
    part(at, if is_today(at) { today } else { other() })
}

/// Whether that instant is of today.
fn is_today(at: Timestamp) -> bool {
    is_now(at, Part::Date)
}

fn is_now(at: Timestamp, what: Part) -> bool {
    part(at, what) == part(now(), what)
}

/// The time of the day.
pub(crate) fn time(at: Timestamp) -> String {
    part(at, Part::Time)
}

/// A part of an instant, in the time zone that the reader chose.
pub(crate) fn part(at: Timestamp, part: Part) -> String {
    written(at, part, preferences::utc())
}

fn written(at: Timestamp, part: Part, utc: bool) -> String {
    let text = WRITERS.with_borrow_mut(|writers| {
        let writer = writers.entry((part, utc)).or_insert_with(|| writer(part, utc));
        writer.call1(&JsValue::UNDEFINED, &ms(at).into())
    });
    let text = text.ok().and_then(|text| text.as_string()).unwrap_or_default().replace(' ', "\u{a0}");
    // Where a date and a time do not fit on a line they break after the comma; without a year they fit.
    if part == Part::DayAndTime { text } else { text.replace(",\u{a0}", ", ") }
}

fn writer(part: Part, utc: bool) -> Function {
    let (style, month) = (strings().date_style, strings().month_style);
    let options: &[(&str, &str)] = match part {
        Part::Full => &[("dateStyle", style), ("timeStyle", "medium")],
        Part::Date => &[("dateStyle", style)],
        Part::Time => &[("timeStyle", "medium")],
        Part::Clock => &[("hour", "2-digit"), ("minute", "2-digit")],
        Part::Day => &[("day", "numeric"), ("month", month)],
        Part::DayAndClock => &[("day", "numeric"), ("month", month), ("hour", "2-digit"), ("minute", "2-digit")],
        Part::DayAndTime => {
            &[("day", "numeric"), ("month", month), ("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit")]
        }
        Part::Year => &[("year", "numeric")],
    };
    let object = Object::new();
    for (name, value) in options.iter().chain(utc.then_some(&("timeZone", "UTC"))) {
        // Fails only on frozen objects.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    DateTimeFormat::new(&Array::of1(&strings().dates.into()), &object).format()
}

/// An instant in milliseconds since 1970, as JavaScript counts.
#[expect(clippy::cast_precision_loss, reason = "instants of this century in ms are below 2^53")]
pub(crate) fn ms(at: Timestamp) -> f64 {
    at.unix_ms() as f64
}

/// The instant that many milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, reason = "instants of this century in µs are below 2^63")]
pub(crate) fn from_ms(ms: f64) -> Timestamp {
    Timestamp::from_micros((ms * 1_000.0) as i64)
}

/// Now, by the reader's clock.
pub(crate) fn now() -> Timestamp {
    from_ms(Date::now())
}

/// The name of the reader's time zone, such as `America/Sao_Paulo`.
pub(crate) fn zone() -> String {
    let format = DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into())
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default()
}

/// How many whole hours the chosen zone is ahead of UTC, from 0 to 23.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 23")]
pub(crate) fn zone_hours() -> usize {
    if preferences::utc() {
        return 0;
    }
    let behind = (Date::new_0().get_timezone_offset() / 60.0).round();
    (-behind).rem_euclid(24.0) as usize
}

/// An instant as an input of type `datetime-local` takes it: the chosen zone's time without its name.
pub(crate) fn local_input(at: Timestamp) -> String {
    let zone = if preferences::utc() { 0.0 } else { Date::new(&ms(at).into()).get_timezone_offset() };
    from_ms(ms(at) - zone * 60_000.0).to_string().chars().take(16).collect()
}

/// What such an input holds, as an instant.
pub(crate) fn from_local_input(typed: &str) -> Option<Timestamp> {
    let zone = if preferences::utc() { "Z" } else { "" };
    let ms = Date::new(&format!("{typed}{zone}").into()).get_time();
    ms.is_finite().then(|| from_ms(ms))
}

/// A count with the language's separators.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn number(count: u64) -> String {
    if count < 1_000 {
        return count.to_string();
    }
    js_sys::Number::from(count as f64).to_locale_string(strings().dates).into()
}

/// A power of ten of microseconds: `1 ms`, `100 ms`, `1 s`.
pub(crate) fn power(power: u32) -> String {
    let (unit, zeros) = match power {
        0..3 => ("µs", power),
        3..6 => ("ms", power - 3),
        _ => ("s", power - 6),
    };
    format!("{}\u{a0}{unit}", 10_u32.pow(zeros))
}

/// How long from now until then, in words; zero when it has passed.
pub(crate) fn until(at: Timestamp) -> String {
    let left = (ms(at) - Date::now()).max(0.0) / 1_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and far below 2^53")]
    seconds(left.ceil() as u64)
}

/// Whole seconds as a person says them, rounded up, on one line: `40 s`, `5 min`, `2 h`, `1 h 30 min`, `2 d 4 h`.
pub(crate) fn seconds(seconds: u64) -> String {
    let (minutes, hours) = (seconds.div_ceil(60), seconds.div_ceil(3_600));
    match seconds {
        0..60 => format!("{seconds}\u{a0}s"),
        _ if minutes < 60 => format!("{minutes}\u{a0}min"),
        _ if minutes < 24 * 60 => with_rest((minutes / 60, "h"), (minutes % 60, "min")),
        _ => with_rest((hours / 24, "d"), (hours % 24, "h")),
    }
}

fn with_rest((whole, unit): (u64, &str), (rest, smaller): (u64, &str)) -> String {
    if rest == 0 { format!("{whole}\u{a0}{unit}") } else { format!("{whole}\u{a0}{unit}\u{a0}{rest}\u{a0}{smaller}") }
}

/// Microseconds with three digits at most: `184 ms`, `1.92 s`.
pub(crate) fn duration(micros: u64) -> String {
    let point = strings().decimal_point;
    match micros {
        0..1_000 => format!("{micros}\u{a0}µs"),
        1_000..10_000 => format!("{}{point}{}\u{a0}ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{}\u{a0}ms", micros / 1_000),
        _ => format!("{}{point}{:02}\u{a0}s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}

/// A size: `412 B`, `64.0 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    let point = strings().decimal_point;
    if bytes < 1_024 {
        format!("{bytes} B")
    } else {
        format!("{}{point}{} KiB", bytes / 1_024, bytes % 1_024 * 10 / 1_024)
    }
}

/// The text with the characters that nobody sees, or that turn what stands behind them, written as escapes of JSON. The joiners stay: many an
/// emoji is made with them.
pub(crate) fn visible(text: &str) -> String {
    let is_hidden = |c| matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A share from 0 to 1: `99.4%`. Rounded down, so that only a whole one reads 100%.
pub(crate) fn share(share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1,000")]
    let tenths = (share * 1_000.0).floor() as u32;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}%"),
        (whole, tenth) => format!("{whole}{}{tenth}%", strings().decimal_point),
    }
}

/// How an attempt ended, as short as can be: `503 Service Unavailable`, `Response timed out`.
pub(crate) fn outcome(code: Option<u16>, failure: Option<Failure>) -> String {
    match (code, failure) {
        (Some(code), None | Some(Failure::HttpStatus)) => status(code),
        (_, Some(failure)) => (strings().failure)(failure).to_owned(),
        (None, None) => strings().none.to_owned(),
    }
}

/// An HTTP status with its phrase, where it has one in the registry of IANA: `503 Service Unavailable`.
pub(crate) fn status(code: u16) -> String {
    let phrase = match code {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        _ => return code.to_string(),
    };
    format!("{code} {phrase}")
}

/// A URL without its scheme, for headings.
pub(crate) fn short_url(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// A text of at most so many characters: a longer one without its middle, as the end tells more than the beginning.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let first = most / 3;
    let end = text.chars().skip(count + first + 1 - most);
    text.chars().take(first).chain(['…']).chain(end).collect()
}

/// Whether what is sent to the URL can be read on its way: without TLS, to another machine.
pub(crate) fn is_readable_on_the_way(url: &str) -> bool {
    let host = host(url);
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let is_loopback = || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    url.starts_with("http://") && !name.is_empty() && !matches!(name, "localhost" | "[::1]") && !is_loopback()
}

/// The host of a URL.
pub(crate) fn host(url: &str) -> &str {
    let rest = short_url(url);
    &rest[..rest.find(['/', '?']).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_on_this_machine_or_goes_by_tls_is_not_readable_on_its_way() {
        for url in [
            "http://example.com/hook",
            "http://localhost.example.com",
            "http://127.example.com:8080",
            "http://10.0.0.1",
        ] {
            assert!(is_readable_on_the_way(url), "{url}");
        }
        for url in
            ["https://example.com", "http://127.0.0.1:1/x", "http://localhost/", "http://[::1]:80", "http://", ""]
        {
            assert!(!is_readable_on_the_way(url), "{url}");
        }
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(
            [59, 60, 61, 3_599, 3_600, 3_601, 86_400, 97_201].map(|time| seconds(time).replace('\u{a0}', " ")),
            ["59 s", "1 min", "2 min", "1 h", "1 h", "1 h 1 min", "1 d", "1 d 4 h"]
        );
        assert_eq!(
            [640, 4_630, 184_200, 999_999, 1_920_000, 2_003_000].map(|time| duration(time).replace('\u{a0}', " ")),
            ["640 µs", "4.6 ms", "184 ms", "999 ms", "1.92 s", "2.00 s"]
        );
        assert_eq!([0, 412, 1_024, 65_536, 1_600].map(size), ["0 B", "412 B", "1.0 KiB", "64.0 KiB", "1.5 KiB"]);
        assert_eq!([1.0, 0.9999, 0.81, 0.0].map(share), ["100%", "99.9%", "81%", "0%"]);
    }

    #[test]
    fn long_texts_lose_their_middle() {
        let cut = |text| cut(text, 12);
        assert_eq!(cut("host/hooks/1"), "host/hooks/1");
        assert_eq!(cut("host/hooks/12"), "host…ooks/12");
        assert_eq!(cut("höst/hooks/tenant/4711"), "höst…nt/4711");
    }

    #[test]
    fn urls_are_cut_for_headings() {
        assert_eq!(short_url("https://example.com/hook"), "example.com/hook");
        assert_eq!(host("https://example.com:8443/hook?a=b"), "example.com:8443");
        assert_eq!(host("https://example.com?a=/b"), "example.com");
    }
}
