//! English.

mod accounts;

use super::{Hints, Strings, catalogue, details, keyboard, list, overview, settings, shell, tenants, tools};
use shared::{DeliveryStatus, Failure, InactiveReason, Trigger, WebhookStatus};

pub(super) static EN: Strings = Strings {
    tag: "en",
    // The day before the month, and 24 hours: nobody takes one for the other.
    dates: "en-GB",
    date_style: "medium",
    month_style: "short",
    accounts: &accounts::ACCOUNTS,
    decimal_point: ".",

    skip_to_content: "Skip to content",
    main_navigation: "Main",
    webhooks: "Webhooks",
    api_documentation: "API documentation",
    theme: "Theme",
    theme_system: "System",
    theme_light: "Light",
    theme_dark: "Dark",
    close: "Close",
    cancel: "Cancel",
    copy: "Copy",
    copied: "Copied",
    copy_failed: "Your browser did not allow copying. Select the text and copy it by hand.",
    loading: "Loading",
    try_again: "Try again",
    dismiss: "Dismiss",
    breadcrumb: "Breadcrumb",
    none: "—",
    offline: "The server does not answer. Check your connection, and that the server is running.",
    server_answered: |status| format!("The server answered {status}."),
    request_id: "Request ID",
    not_found_title: "There's nothing at this address",
    not_found_text: "It may have been deleted, or the link may be wrong.",
    no_such_webhook: "There is no such webhook",
    go_to_webhooks: "Go to webhooks",
    nothing_was_lost: "Nothing was lost.",
    could_not_refresh: "Couldn't refresh. Showing what was loaded before.",

    new_webhook: "New webhook",
    filter_by_url: "Filter by URL or description",
    webhooks_caption: "Webhooks and their deliveries of the last 24 hours",
    payload_url: "Payload URL",
    events: "Events",
    last_24_hours: "Last 24 hours",
    status: "Status",
    actions: "Actions",
    view_events: "View events",
    edit: "Edit",
    delete: "Delete",
    view_events_of: |url| format!("View events of {url}"),
    edit_of: |url| format!("Edit {url}"),
    delete_of: |url| format!("Delete {url}"),
    actions_of: |url| format!("More actions for {url}"),
    activate: "Activate",
    activated: "Webhook activated",
    published_meanwhile: |count| match count {
        "1" => "1 event was published meanwhile.".into(),
        count => format!("{count} events were published meanwhile."),
    },
    deactivate: "Deactivate",
    deactivate_title: "Deactivate this webhook?",
    deactivated: "Webhook deactivated",
    deactivated_by_server: "Deactivated",
    copy_url: "Copy URL",
    all_events: "All events",
    selected_events: |count| if count == 1 { "1 event type".into() } else { format!("{count} event types") },
    selected_types_of: |selected, all, others| match others {
        0 => format!("{selected} of {all} event types"),
        others => format!("{selected} of {all} event types, and {others} not in the catalogue"),
    },
    no_deliveries: "No deliveries",
    delivered_and_failed: |delivered, failed| format!("{delivered} delivered, {failed} failed"),
    webhook_status: |status| match status {
        WebhookStatus::Active => "Active",
        WebhookStatus::Inactive => "Inactive",
    },
    webhooks_that_are: |status| match status {
        WebhookStatus::Active => "Active",
        WebhookStatus::Inactive => "Inactive",
    },
    inactive_reason: |reason| match reason {
        InactiveReason::Operator => "switched off",
        InactiveReason::Gone => "its server answered 410 Gone",
        InactiveReason::Failing => "every attempt of a day failed",
    },
    no_webhooks_title: "No webhooks yet",
    no_webhooks_text: "A webhook is an address of yours that gets a signed POST for each event. Create one and publish an event to see it arrive.",
    no_webhooks_match: "No webhooks match this filter",
    could_not_load_webhooks: "Couldn't load webhooks",
    more_webhooks: "More webhooks",

    delete_question: |name| format!("Delete {name}?"),
    delete_title: "Delete this webhook?",
    delete_text: "The webhook gets no more events, and those that are waiting are cancelled. This cannot be undone.",
    deleted: "Webhook deleted",
    delete_confirm: "Delete webhook",

    edit_webhook: "Edit webhook",
    create_webhook: "Create webhook",
    save_changes: "Save changes",
    saving: "Saving…",
    created: "Webhook created",
    created_text: "A test event shows at once whether your server takes what is sent.",
    done: "Done",
    saved: "Changes saved",
    payload_url_hint: "We POST each event to this address. Use https, so that nobody can read the events on their way.",
    secret: "Secret",
    secret_hint_new: "Signs every request (HMAC-SHA256). Store it now: it is never shown again.",
    secret_hint_set: |date| {
        format!(
            "Set on {date}. Leave empty to keep it. A new one signs from the next attempt on; store it now, it is never shown again."
        )
    },
    secret_short: "This secret is short. At least 24 characters are better; Generate makes a strong one.",
    show: "Show",
    hide: "Hide",
    show_all: "Show all",
    show_so_many: |count| format!("Show all {count}"),
    show_less: "Show less",
    generate: "Generate",
    authentication: "Authentication",
    authentication_none: "None",
    authentication_basic: "Basic",
    authentication_api_key: "API key",
    username: "Username",
    password: "Password",
    header_name: "Header name",
    header_value: "Header value",
    leave_empty_to_keep: "Leave empty to keep the one that is set.",
    everything: "Send me everything",
    everything_hint: "Includes event types added later.",
    individual: "Let me select individual events",
    individual_hint: "Only the types that you tick are sent.",
    all_of_source: |source| format!("All of {source}"),
    selected_of: |selected, all| format!("{selected} of {all}"),
    other_types: "Not in the catalogue",
    add_type: "Add",
    add_type_label: "Another type, as SOURCE.TYPE",
    add_type_wrong: "Write it as SOURCE.TYPE, such as TRANSACTION.TRANSACTIONSTATUSUPDATED.",
    could_not_load_types: "Couldn't load the event types",
    active: "Active",
    active_hint: "An inactive webhook receives nothing. What already waits for it is sent when it is activated; what is published meanwhile only if you ask for it.",
    advanced: "Description and delivery",
    description: "Description",
    time_limit: "Time limit in milliseconds",
    time_limit_hint: "From 1000 to 30000. An endpoint that takes longer has failed.",
    concurrency: "Attempts at once",
    concurrency_hint: "From 1 to 100 may be under way at the same time.",
    rate_limit: "Attempts per second",
    conditions: "Conditions for events",
    conditions_hint: "One a line: /data/status = APPROVED, REJECTED or /data/channel != sms or /data/amount >= 1000. An event is sent if all of them hold; the path is a JSON Pointer into the event.",
    conditions_count: |count| if count == 1 { "1 condition".to_owned() } else { format!("{count} conditions") },
    custom_headers: "Custom headers",
    custom_headers_hint: "One a line, as Name: value. Values are not shown again.",
    custom_headers_kept: "One a line, as Name: value. Values are not shown again; a line that ends in •••• keeps the one that is set.",
    rate_limit_hint: "At most so many begin, from 1 to 1000. Empty for no limit.",
    retries: "Retries after, in seconds",
    retries_hint: "The delays before each automatic retry, separated by commas. Empty for no retries.",
    retries_wrong: "Write whole numbers of seconds separated by commas, such as 5, 30, 120.",
    number_wrong: "Write a whole number.",
    discard_changes: "Discard your changes?",
    discard: "Discard",
    errors_to_fix: |count| match count {
        1 => "One field needs your attention.".into(),
        count => format!("{count} fields need your attention."),
    },
    could_not_save: "Couldn't save the webhook.",
    could_not_delete: "Couldn't delete the webhook.",
    could_not_load_webhook: "Couldn't load the webhook",

    events_of: |url| format!("Events of {url}"),
    events_caption: "Events, newest first",
    filter_events: "Filter events",
    all: "All",
    event_type: "Event type",
    all_event_types: "All event types",
    search_events: "Search by event ID or text in the event",
    search_placeholder: "Event ID or text in the event",
    clear_filters: "Clear filters",
    event: "Event",
    http: "HTTP",
    attempts: "Attempts",
    duration: "Duration",
    date_sent: "Date sent",
    published: "Published",
    newest: "Newest",
    older: "Older",
    pages: "Pages",
    no_events_title: "No events yet",
    no_events_text: "They show up here within seconds after they were published.",
    no_events_match: "No events match these filters",
    nothing_found_so_far: "Nothing found so far",
    older_not_searched: "Older events have not been searched yet.",
    search_older: "Search older events",
    could_not_load_events: "Couldn't load events",
    inactive_since: |when, _| format!("Inactive since {when}."),
    receives_nothing: "It receives nothing until it is activated.",
    webhook_inactive_note: "This webhook is inactive. It receives nothing until it is activated.",
    webhook_failing_note: "This webhook was deactivated because every attempt failed for at least a day, 20 or more in a row. Look at its latest events, correct what is wrong and activate it again.",
    webhook_gone_note: "This webhook was deactivated because its server answered 410 Gone. Correct the payload URL and activate it again.",
    delivery_status: |status| match status {
        DeliveryStatus::Pending => "Pending",
        DeliveryStatus::Delivered => "Delivered",
        DeliveryStatus::Retrying => "Retrying",
        DeliveryStatus::Failed => "Failed",
        DeliveryStatus::Cancelled => "Cancelled",
    },
    failed_after: |attempts| format!("Failed after {attempts} attempts"),
    failure: |failure| match failure {
        Failure::Dns => "Host not found",
        Failure::BlockedAddress => "Address not allowed",
        Failure::ConnectRefused => "Connection refused",
        Failure::ConnectTimeout => "No connection in time",
        Failure::ConnectFailed => "No connection",
        Failure::Tls => "TLS failed",
        Failure::Timeout => "Timed out",
        Failure::Reset => "Connection closed",
        Failure::ResponseInvalid => "Unreadable response",
        Failure::HttpStatus => "Not 2xx",
        Failure::Interrupted => "Interrupted",
        Failure::InternalError => "Internal error",
    },
    sending: "Sending…",
    next_in: |time| format!("Next in {time}"),
    next_attempt_in: |time| format!("Next attempt in {time}"),

    could_not_load_event: "Couldn't load this event",
    event_id: "Event ID",
    published_id: "ID at the publisher",
    source: "Source",
    occurred: "Occurred",
    event_sections: "Event details",
    request: "Request",
    responses: |count| format!("Responses ({count})"),
    payload: "Payload",
    payload_label: "Payload as JSON",
    raw: "Raw",
    keys: |count| if count == 1 { "1 key".into() } else { format!("{count} keys") },
    items: |count| if count == 1 { "1 item".into() } else { format!("{count} items") },
    headers: "Headers",
    headers_of_attempt: |number| format!("as sent with attempt {number}"),
    sent_to: "Sent to",
    not_sent_yet: "Not sent yet.",
    not_connected: "Not sent: there was no connection.",
    not_sent_inactive: "Not sent yet: the webhook is inactive. It is sent when the webhook is activated.",
    no_response: "There was no response.",
    no_body: "The response had no body.",
    response: "Response",
    response_body: "Response body",
    response_headers: "Response headers",
    no_headers: "The response had no headers.",
    truncated: "Only the first 64 KiB are kept.",
    binary_body: "The body is no text. It is shown in base64.",
    attempt: |number| format!("Attempt {number}"),
    trigger: |trigger| match trigger {
        Trigger::Scheduled => "scheduled",
        Trigger::Resend => "sent by hand",
        Trigger::Test => "test",
    },
    phases: "Where the time went",
    phase_dns: "Name lookup",
    phase_connect: "Connecting",
    phase_first_byte: "Waiting for the answer",
    phase_body: "Reading the body",
    system_says: "In the system's words",
    resend: "Resend",
    send_now: "Send now",
    resend_started: "Resend requested",
    could_not_resend: "Couldn't resend this event.",
    resend_title: "Resend with which headers?",
    resend_changed_text: "The webhook's secret, authentication or headers have changed since the first attempt.",
    resend_original: "The same headers as before",
    resend_original_hint: "Byte for byte; only the timestamp and the Standard Webhooks signature are new. If the URL now points to another scheme, host or port, the current headers are sent.",
    resend_current: "The current headers",
    resend_current_hint: "Signed and authenticated with today's settings.",
    retry_note: |number, all, time| format!("Retry {number} of {all} in {time}."),
    no_attempts_left: "No attempts left. Fix the cause and resend.",
    webhook_deleted: "This webhook was deleted.",

    problem: None,
    shell: shell::EN,
    overview: overview::EN,
    list: list::EN,
    details: details::EN,
    catalogue: catalogue::EN,
    settings: settings::EN,
    tenants: tenants::EN,
    tools: tools::EN,
    keyboard: keyboard::EN,

    hints: Hints {
        delivered: |status, day, time, took, attempt| {
            let attempt = if attempt > 1 { format!(", at attempt {attempt}") } else { String::new() };
            format!(
                "Your server accepted it with {status} on {day} at {time} ({took}){attempt}. A delivered event is not sent again."
            )
        },
        redirect: |status| {
            (
                format!("Your server answered with a redirect ({status})."),
                "We don't follow redirects. Set the payload URL to the final address.",
            )
        },
        redirects_to: |url| format!(" It redirects to {url}."),
        rejected: |status| {
            (
                format!("Your server rejected the event ({status})."),
                "It usually means a failed signature check or an unexpected field. Check the signature over the raw body, before parsing it.",
            )
        },
        refused_credentials: |status| {
            (
                format!("Your server refused our credentials ({status})."),
                "Compare the webhook's authentication with what your server expects; a firewall can also answer this.",
            )
        },
        not_found: ("Your server has nothing at this path (404).", "Check the payload URL, including its path."),
        not_accepted: |status| {
            (
                format!("Your server doesn't accept POST with JSON here ({status})."),
                "Point the webhook at the route that does.",
            )
        },
        gone: (
            "Your server says this address is gone (410).",
            "The webhook was deactivated. Update its payload URL and activate it, or delete it.",
        ),
        too_big: ("The event is too big for your server (413).", "Raise its limit for request bodies."),
        slow_down: (
            "Your server asked us to slow down (429).",
            "Automatic attempts wait at least as long as its Retry-After header says.",
        ),
        server_failed: |time| {
            ("Your server failed while handling the event (500).", format!("Check its logs around {time}."))
        },
        unavailable: |status| {
            (
                format!("Your server was unavailable ({status})."),
                "A proxy answered in its place, often during a deploy or overload.",
            )
        },
        other_status: |status, time| {
            (
                format!("Your server answered {status}."),
                format!("Only an answer from 200 to 299 counts as delivered. Check your server's logs around {time}."),
            )
        },
        timeout: |limit| {
            (
                format!("No answer within {limit}."),
                "Answer 2xx first and do the work afterwards. Your server may have processed this event: handle repeats by webhook-id.",
            )
        },
        connect_timeout: |host| {
            (
                format!("{host} did not take the connection in time."),
                "It may be down, overloaded, or behind a firewall that drops our packets; with https, TLS may not be answered at this port.",
            )
        },
        dns: |host| {
            (
                format!("We couldn't find {host}."),
                "Its DNS name doesn't resolve. Check the spelling and the DNS records.",
            )
        },
        tls: |host| {
            (
                format!("We couldn't verify {host}'s certificate."),
                "It has expired, is for another name, or is not signed by a public authority: serve the full chain. Or this port does not speak TLS.",
            )
        },
        connect_refused: |host| {
            (format!("{host} refused the connection."), "Nothing is listening there, or a firewall blocks it.")
        },
        connect_failed: |host| {
            (format!("We couldn't connect to {host}."), "Check that the address can be reached from this server.")
        },
        reset: ("Your server closed the connection before answering.", "It may have crashed or hit a proxy limit."),
        response_invalid: (
            "What came back is no HTTP response that we can read.",
            "Check that the payload URL leads to a web server, and to the right port.",
        ),
        blocked_address: |host| {
            (
                format!("{host} leads to an address that may not be called."),
                "We only deliver to public ones. Whoever runs this server can allow a private network.",
            )
        },
        interrupted: (
            "The server was stopped when this attempt was under way or about to begin.",
            "Your server may or may not have received the event: handle repeats by webhook-id.",
        ),
        internal_error: ("Something failed on our side.", "Resend the event; if it stays, look into the server's log."),
    },
};
