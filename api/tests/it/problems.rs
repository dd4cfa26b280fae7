//! Bad input: each kind of it has its status and its code. The names of the cases are those of the table of bad input.

mod addresses;
mod bodies;
mod events;
mod queries;
mod raw;
mod webhooks;

use crate::harness::Answered;
use serde_json::Value;

/// What came out of a case, beside what should have.
pub(crate) struct Cases(pub(crate) Vec<String>);

impl Cases {
    pub(crate) fn check(&mut self, name: &str, answer: &Answered, expected: (u16, &str, Option<&str>)) {
        let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let pointer = problem["errors"][0]["pointer"].as_str();
        let got = (answer.status.as_u16(), problem["code"].as_str().unwrap_or_default(), pointer);
        let whole = answer.header("content-type") == Some("application/problem+json")
            && answer.header("x-request-id") == problem["request_id"].as_str()
            && problem["status"] == got.0
            && problem["detail"].as_str().is_some_and(is_sentence);
        if got != expected || !whole {
            self.0.push(format!("{name}: {expected:?} expected, but: {answer:?}"));
        }
    }
}

/// Whether it tells a person what to do, in whole words: not what the parser calls its types.
fn is_sentence(detail: &str) -> bool {
    let told = ["expected value", "Expected: value", "another type", "u32", "i64", "a sequence", "a map", "struct "];
    detail.len() > 10 && detail.ends_with(['.', '…', '?']) && !told.iter().any(|word| detail.contains(word))
}

impl Drop for Cases {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}
