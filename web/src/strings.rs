//! Every text of the portal, in one place: a language is a value of [`Strings`], so that a missing text does not compile.

pub(crate) mod accounts;
pub(crate) mod catalogue;
pub(crate) mod details;
mod en;
pub(crate) mod keyboard;
pub(crate) mod list;
pub(crate) mod overview;
pub(crate) mod problems;
mod pt_br;
pub(crate) mod settings;
pub(crate) mod shell;
pub(crate) mod tenants;
pub(crate) mod tools;

use shared::{DeliveryStatus, Failure, InactiveReason, Trigger, WebhookStatus};
use std::cell::Cell;

/// A language that the portal speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Portuguese,
}

impl Language {
    /// Every language.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Portuguese];

    /// The language of a tag such as `pt-BR`; a regional form counts as the language.
    pub(crate) fn of(tag: &str) -> Option<Self> {
        let (language, _) = tag.split_once('-').unwrap_or((tag, ""));
        match language.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "pt" => Some(Self::Portuguese),
            _ => None,
        }
    }

    /// Its tag (BCP 47).
    pub(crate) fn tag(self) -> &'static str {
        self.strings().tag
    }

    /// What it calls itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Portuguese => "Português",
        }
    }

    const fn strings(self) -> &'static Strings {
        match self {
            Self::English => &en::EN,
            Self::Portuguese => &pt_br::PT_BR,
        }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// Chooses the language of what is drawn from now on.
pub(crate) fn speak(language: Language) {
    SPOKEN.set(language);
}

/// The language in use.
pub(crate) fn language() -> Language {
    SPOKEN.get()
}

/// The texts of one language. What depends on a number or a name is a function.
pub(crate) struct Strings {
    /// The language's tag (BCP 47).
    pub(crate) tag: &'static str,
    /// How dates are written (BCP 47).
    pub(crate) dates: &'static str,
    /// How long a date is (`dateStyle` of `Intl`): as short as it can be without being taken for another.
    pub(crate) date_style: &'static str,
    /// How a month is written behind its day, where no year follows (`month` of `Intl`).
    pub(crate) month_style: &'static str,
    /// What separates a number's whole part from its fraction.
    pub(crate) decimal_point: &'static str,

    pub(crate) skip_to_content: &'static str,
    pub(crate) main_navigation: &'static str,
    pub(crate) webhooks: &'static str,
    pub(crate) api_documentation: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) theme_system: &'static str,
    pub(crate) theme_light: &'static str,
    pub(crate) theme_dark: &'static str,
    pub(crate) close: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) copy_failed: &'static str,
    pub(crate) loading: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) dismiss: &'static str,
    pub(crate) breadcrumb: &'static str,
    pub(crate) none: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) server_answered: fn(u16) -> String,
    pub(crate) request_id: &'static str,
    pub(crate) not_found_title: &'static str,
    pub(crate) not_found_text: &'static str,
    pub(crate) role_title: &'static str,
    pub(crate) role_text: &'static str,
    pub(crate) no_such_webhook: &'static str,
    pub(crate) go_to_webhooks: &'static str,
    pub(crate) nothing_was_lost: &'static str,
    pub(crate) could_not_refresh: &'static str,

    pub(crate) new_webhook: &'static str,
    pub(crate) filter_by_url: &'static str,
    pub(crate) webhooks_caption: &'static str,
    pub(crate) payload_url: &'static str,
    pub(crate) events: &'static str,
    pub(crate) last_24_hours: &'static str,
    pub(crate) status: &'static str,
    pub(crate) actions: &'static str,
    pub(crate) view_events: &'static str,
    pub(crate) edit: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) view_events_of: fn(&str) -> String,
    pub(crate) edit_of: fn(&str) -> String,
    pub(crate) delete_of: fn(&str) -> String,
    pub(crate) actions_of: fn(&str) -> String,
    pub(crate) activate: &'static str,
    pub(crate) activated: &'static str,
    pub(crate) published_meanwhile: fn(&str) -> String,
    pub(crate) deactivate: &'static str,
    pub(crate) deactivate_title: &'static str,
    pub(crate) deactivated: &'static str,
    pub(crate) deactivated_by_server: &'static str,
    pub(crate) copy_url: &'static str,
    pub(crate) all_events: &'static str,
    pub(crate) selected_events: fn(usize) -> String,
    /// Of the catalogue, of how many, and how many others.
    pub(crate) selected_types_of: fn(usize, usize, usize) -> String,
    pub(crate) no_deliveries: &'static str,
    pub(crate) delivered_and_failed: fn(&str, &str) -> String,
    pub(crate) webhook_status: fn(WebhookStatus) -> &'static str,
    /// The webhooks of that status, as a choice.
    pub(crate) webhooks_that_are: fn(WebhookStatus) -> &'static str,
    pub(crate) inactive_reason: fn(InactiveReason) -> &'static str,
    pub(crate) no_webhooks_title: &'static str,
    pub(crate) no_webhooks_text: &'static str,
    pub(crate) no_webhooks_match: &'static str,
    pub(crate) could_not_load_webhooks: &'static str,
    pub(crate) more_webhooks: &'static str,

    pub(crate) delete_question: fn(&str) -> String,
    pub(crate) delete_title: &'static str,
    pub(crate) delete_text: &'static str,
    pub(crate) deleted: &'static str,
    pub(crate) delete_confirm: &'static str,

    pub(crate) edit_webhook: &'static str,
    pub(crate) create_webhook: &'static str,
    pub(crate) save_changes: &'static str,
    pub(crate) saving: &'static str,
    pub(crate) created: &'static str,
    pub(crate) created_text: &'static str,
    pub(crate) done: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) payload_url_hint: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) secret_hint_new: &'static str,
    pub(crate) secret_hint_set: fn(&str) -> String,
    pub(crate) secret_short: &'static str,
    pub(crate) show: &'static str,
    pub(crate) hide: &'static str,
    pub(crate) show_all: &'static str,
    pub(crate) show_so_many: fn(&str) -> String,
    pub(crate) show_less: &'static str,
    pub(crate) generate: &'static str,
    pub(crate) authentication: &'static str,
    pub(crate) authentication_none: &'static str,
    pub(crate) authentication_basic: &'static str,
    pub(crate) authentication_api_key: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) header_name: &'static str,
    pub(crate) header_value: &'static str,
    pub(crate) leave_empty_to_keep: &'static str,
    pub(crate) password_again: &'static str,
    pub(crate) value_again: &'static str,
    pub(crate) everything: &'static str,
    pub(crate) everything_hint: &'static str,
    pub(crate) individual: &'static str,
    pub(crate) individual_hint: &'static str,
    pub(crate) all_of_source: fn(&str) -> String,
    pub(crate) selected_of: fn(usize, usize) -> String,
    pub(crate) other_types: &'static str,
    pub(crate) add_type: &'static str,
    pub(crate) add_type_label: &'static str,
    pub(crate) add_type_wrong: &'static str,
    pub(crate) could_not_load_types: &'static str,
    pub(crate) active: &'static str,
    pub(crate) active_hint: &'static str,
    pub(crate) advanced: &'static str,
    pub(crate) description: &'static str,
    pub(crate) time_limit: &'static str,
    pub(crate) time_limit_hint: &'static str,
    pub(crate) content: &'static str,
    /// In the order of [`shared::ContentMode::ALL`], each with what it means.
    pub(crate) content_modes: [(&'static str, &'static str); 2],
    pub(crate) concurrency: &'static str,
    pub(crate) concurrency_hint: &'static str,
    pub(crate) rate_limit: &'static str,
    pub(crate) rate_limit_hint: &'static str,
    pub(crate) conditions: &'static str,
    pub(crate) conditions_hint: &'static str,
    pub(crate) condition_path: &'static str,
    /// What stands in its place, if anything does.
    pub(crate) condition_operator: fn(&str) -> String,
    pub(crate) condition_value: &'static str,
    pub(crate) line: fn(usize) -> String,
    pub(crate) conditions_count: fn(usize) -> String,
    pub(crate) custom_headers: &'static str,
    pub(crate) custom_headers_hint: &'static str,
    pub(crate) custom_headers_kept: &'static str,
    pub(crate) custom_headers_again: &'static str,
    pub(crate) retries: &'static str,
    pub(crate) retries_hint: &'static str,
    pub(crate) retries_wrong: &'static str,
    pub(crate) number_wrong: &'static str,
    pub(crate) discard_changes: &'static str,
    pub(crate) discard: &'static str,
    pub(crate) keep_editing: &'static str,
    pub(crate) errors_to_fix: fn(usize) -> String,
    pub(crate) could_not_save: &'static str,
    pub(crate) could_not_delete: &'static str,
    pub(crate) could_not_load_webhook: &'static str,

    pub(crate) events_of: fn(&str) -> String,
    pub(crate) events_caption: &'static str,
    pub(crate) filter_events: &'static str,
    pub(crate) all: &'static str,
    pub(crate) event_type: &'static str,
    pub(crate) all_event_types: &'static str,
    pub(crate) search_events: &'static str,
    pub(crate) search_placeholder: &'static str,
    pub(crate) clear_filters: &'static str,
    pub(crate) event: &'static str,
    pub(crate) http: &'static str,
    pub(crate) attempts: &'static str,
    pub(crate) duration: &'static str,
    pub(crate) date_sent: &'static str,
    pub(crate) published: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) older: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) no_events_title: &'static str,
    pub(crate) no_events_text: &'static str,
    pub(crate) no_events_match: &'static str,
    pub(crate) nothing_found_so_far: &'static str,
    pub(crate) older_not_searched: &'static str,
    pub(crate) search_older: &'static str,
    pub(crate) could_not_load_events: &'static str,
    pub(crate) inactive_since: fn(&str) -> String,
    pub(crate) receives_nothing: &'static str,
    pub(crate) webhook_inactive_note: &'static str,
    pub(crate) webhook_failing_note: &'static str,
    pub(crate) webhook_gone_note: &'static str,
    pub(crate) delivery_status: fn(DeliveryStatus) -> &'static str,
    pub(crate) failed_after: fn(u32) -> String,
    pub(crate) failure: fn(Failure) -> &'static str,
    pub(crate) sending: &'static str,
    pub(crate) next_in: fn(&str) -> String,
    pub(crate) next_attempt_in: fn(&str) -> String,

    pub(crate) could_not_load_event: &'static str,
    pub(crate) event_id: &'static str,
    pub(crate) published_as: &'static str,
    pub(crate) published_as_hint: &'static str,
    pub(crate) published_id: &'static str,
    pub(crate) source: &'static str,
    pub(crate) occurred: &'static str,
    pub(crate) event_sections: &'static str,
    pub(crate) request: &'static str,
    pub(crate) responses: fn(usize) -> String,
    pub(crate) payload: &'static str,
    pub(crate) payload_label: &'static str,
    pub(crate) raw: &'static str,
    pub(crate) keys: fn(usize) -> String,
    pub(crate) items: fn(usize) -> String,
    pub(crate) headers: &'static str,
    pub(crate) headers_of_attempt: fn(u32) -> String,
    pub(crate) sent_to: &'static str,
    pub(crate) not_sent_yet: &'static str,
    pub(crate) not_sent_inactive: &'static str,
    pub(crate) not_connected: &'static str,
    pub(crate) no_response: &'static str,
    pub(crate) no_body: &'static str,
    pub(crate) response: &'static str,
    pub(crate) response_body: &'static str,
    pub(crate) response_headers: &'static str,
    pub(crate) no_headers: &'static str,
    /// Of how much, if that is known.
    pub(crate) truncated: fn(Option<&str>) -> String,
    pub(crate) binary_body: &'static str,
    pub(crate) attempt: fn(u32) -> String,
    pub(crate) trigger: fn(Trigger) -> &'static str,
    pub(crate) phases: &'static str,
    pub(crate) phase_dns: &'static str,
    pub(crate) phase_connect: &'static str,
    pub(crate) phase_first_byte: &'static str,
    pub(crate) phase_body: &'static str,
    pub(crate) system_says: &'static str,
    pub(crate) resend: &'static str,
    pub(crate) send_now: &'static str,
    pub(crate) resend_started: &'static str,
    pub(crate) could_not_resend: &'static str,
    pub(crate) resend_title: &'static str,
    pub(crate) resend_changed_text: &'static str,
    pub(crate) resend_original: &'static str,
    pub(crate) resend_original_hint: &'static str,
    pub(crate) resend_current: &'static str,
    pub(crate) resend_current_hint: &'static str,
    pub(crate) retry_note: fn(u32, u32, &str) -> String,
    pub(crate) no_attempts_left: &'static str,
    pub(crate) webhook_deleted: &'static str,

    /// What the code of a problem means; nothing for the language that the server itself speaks.
    pub(crate) problem: Option<problems::Said>,
    pub(crate) shell: shell::Shell,
    pub(crate) overview: overview::Overview,
    pub(crate) list: list::List,
    pub(crate) details: details::Details,
    pub(crate) catalogue: catalogue::Catalogue,
    pub(crate) settings: settings::Settings,
    pub(crate) tenants: tenants::Tenants,
    pub(crate) tools: tools::Tools,
    pub(crate) keyboard: keyboard::Keyboard,

    pub(crate) hints: Hints,
    pub(crate) accounts: &'static accounts::AccountStrings,
}

/// What a failure means and what to do about it. Each pair is a fact and an advice.
pub(crate) struct Hints {
    /// The status, the day, the time of the day, how long it took, and which attempt it was.
    pub(crate) delivered: fn(u16, &str, &str, &str, u32) -> String,
    pub(crate) redirect: fn(u16) -> (String, &'static str),
    pub(crate) redirects_to: fn(&str) -> String,
    pub(crate) rejected: fn(u16) -> (String, &'static str),
    pub(crate) refused_request: fn(u16) -> (String, &'static str),
    /// Follows where the request carried credentials.
    pub(crate) compare_credentials: &'static str,
    pub(crate) check_signature: &'static str,
    pub(crate) change_url: &'static str,
    pub(crate) not_found: (&'static str, &'static str),
    pub(crate) not_accepted: fn(u16) -> (String, &'static str),
    pub(crate) gone: (&'static str, &'static str),
    pub(crate) too_big: (&'static str, &'static str),
    /// Stands in the place of the advice where the size of the request is known.
    pub(crate) raise_above: fn(&str) -> String,
    pub(crate) slow_down: (&'static str, &'static str),
    /// Follows where it said for how long.
    pub(crate) asked_to_wait: fn(&str) -> String,
    /// Stands in the place of the advice where it did not.
    pub(crate) keep_schedule: &'static str,
    /// At that time.
    pub(crate) server_failed: fn(&str) -> (&'static str, String),
    pub(crate) unavailable: fn(u16) -> (String, &'static str),
    /// At that time.
    pub(crate) other_status: fn(u16, &str) -> (String, String),
    pub(crate) timeout: fn(&str) -> (String, &'static str),
    pub(crate) connect_timeout: fn(&str) -> (String, &'static str),
    pub(crate) dns: fn(&str) -> (String, &'static str),
    pub(crate) certificate_expired: fn(&str) -> (String, &'static str),
    pub(crate) tls: fn(&str) -> (String, &'static str),
    pub(crate) connect_refused: fn(&str) -> (String, &'static str),
    pub(crate) connect_failed: fn(&str) -> (String, &'static str),
    pub(crate) reset: (&'static str, &'static str),
    pub(crate) response_invalid: (&'static str, &'static str),
    pub(crate) blocked_address: fn(&str) -> (String, &'static str),
    pub(crate) interrupted: (&'static str, &'static str),
    pub(crate) internal_error: (&'static str, &'static str),
}

/// A moment behind the word that it takes: one for a time of today, or one for a day, which has a comma before its time.
fn moment(of_today: &str, of_a_day: &str, when: &str) -> String {
    format!("{} {when}", if when.contains(',') { of_a_day } else { of_today })
}

/// The texts of the language in use.
pub(crate) fn strings() -> &'static Strings {
    SPOKEN.get().strings()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_tag_counts_as_its_language() {
        assert_eq!(
            ["pt-BR", "pt", "PT-pt", "en-US", "fr"].map(Language::of).map(|found| found.map(Language::name)),
            [Some("Português"), Some("Português"), Some("Português"), Some("English"), None]
        );
        for language in Language::ALL {
            assert_eq!(Language::of(language.tag()), Some(language));
        }
    }

    #[test]
    fn a_time_and_a_day_stand_behind_their_own_words() {
        let said = ["10:22", "3\u{a0}Jul,\u{a0}10:22:11"].map(|when| moment("at", "on", when));
        assert_eq!(said, ["at 10:22", "on 3\u{a0}Jul,\u{a0}10:22:11"]);
    }
}
