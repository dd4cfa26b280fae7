//! Whether the portal's colours can be told apart: every pair of `web/app.css` that stands on one another, in both themes.

use std::{collections::HashMap, fs};

use crate::project;

/// Text on its background (WCAG 2.2, 1.4.3).
const TEXT: f64 = 4.5;
/// Borders of controls, lines of charts, the ring around what has the focus (1.4.11).
const SHAPE: f64 = 3.0;
const BACKGROUNDS: [&str; 3] = ["bg", "surface", "surface-2"];

type Color = [f64; 3];
/// A name's colours in the light and in the dark theme.
type Tokens = HashMap<String, [Color; 2]>;

#[test]
fn every_pair_of_colours_can_be_told_apart() {
    let tokens = tokens(&fs::read_to_string(project::root().join("web/app.css")).unwrap());
    let mut pairs =
        vec![("on-accent", "accent-solid", TEXT), ("on-accent", "bad-solid", TEXT), ("accent-solid", "surface", SHAPE)];
    for on in BACKGROUNDS {
        pairs.extend(["text", "muted", "accent"].map(|text| (text, on, TEXT)));
        pairs.extend(["focus", "ok", "bad", "warn"].map(|shape| (shape, on, SHAPE)));
    }
    pairs.extend(["text", "muted", "accent"].map(|text| (text, "accent-soft", TEXT)));
    pairs.extend(["bg", "surface"].map(|on| ("control", on, SHAPE)));
    pairs.extend(["key", "str", "num", "kw"].map(|part| (format!("code-{part}").leak() as &str, "surface", TEXT)));
    for tone in ["ok", "bad", "warn", "info"] {
        pairs.push((tone, format!("{tone}-soft").leak(), TEXT));
        pairs.push((tone, "surface", TEXT));
    }
    for (front, back, least) in pairs {
        for (theme, name) in ["light", "dark"].into_iter().enumerate() {
            let contrast = contrast(tokens[front][theme], tokens[back][theme]);
            assert!(contrast >= least, "{front} on {back}, {name}: {contrast:.2}, and it should be at least {least}");
        }
    }
}

#[test]
fn contrast_is_counted_as_wcag_does() {
    let [black, white, grey] = ["#000000", "#ffffff", "#777777"].map(|text| color(text).unwrap());
    assert!((contrast(black, white) - 21.0).abs() < 1e-9);
    assert!((contrast(grey, white) - 4.48).abs() < 0.005);
}

/// The lines `--name: light-dark(#light, #dark);` and `--name: #both;`.
fn tokens(css: &str) -> Tokens {
    let token = |line: &str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
        let value = value.trim().trim_end_matches(';');
        let both = match value.strip_prefix("light-dark(").and_then(|pair| pair.strip_suffix(')')?.split_once(',')) {
            Some((light, dark)) => [color(light)?, color(dark)?],
            None => [color(value)?; 2],
        };
        Some((name.to_owned(), both))
    };
    css.lines().filter_map(token).collect()
}

/// The parts of `#rrggbb`, from 0 to 1.
fn color(text: &str) -> Option<Color> {
    let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok().map(|part| f64::from(part) / 255.0);
    Some([part(0)?, part(2)?, part(4)?])
}

fn contrast(one: Color, other: Color) -> f64 {
    let [one, other] = [one, other].map(luminance);
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Color) -> f64 {
    let [red, green, blue] =
        color.map(|part| if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
