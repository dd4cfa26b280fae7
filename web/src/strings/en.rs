//! English.

use super::{Hints, Strings};
use shared::{DeliveryStatus, InactiveReason, Trigger, WebhookStatus};

pub(super) static EN: Strings = Strings {
    tag: "en",

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
    go_to_webhooks: "Go to webhooks",
    nothing_was_lost: "Nothing was lost.",
    could_not_refresh: "Couldn't refresh. Showing what was loaded before.",

    new_webhook: "New webhook",
    filter_by_url: "Filter by URL",
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
    all_events: "All events",
    selected_events: |count| if count == 1 { "1 event type".into() } else { format!("{count} event types") },
    no_deliveries: "No deliveries",
    delivered_and_failed: |delivered, failed| format!("{delivered} delivered, {failed} failed"),
    webhook_status: |status| match status {
        WebhookStatus::Active => "Active",
        WebhookStatus::Inactive => "Inactive",
    },
    inactive_reason: |reason| match reason {
        InactiveReason::Operator => "switched off",
        InactiveReason::Gone => "its server answered 410 Gone",
    },
    no_webhooks_title: "No webhooks yet",
    no_webhooks_text: "A webhook is an address of yours that gets a signed POST for each event. Create one and publish an event to see it arrive.",
    no_webhooks_match: "No webhooks match this filter",
    could_not_load_webhooks: "Couldn't load webhooks",
    more_webhooks: "More webhooks",

    delete_title: "Delete this webhook?",
    delete_text: "It gets no more events, and those that are waiting are cancelled. This cannot be undone.",
    deleted: "Webhook deleted",
    delete_confirm: "Delete webhook",

    edit_webhook: "Edit webhook",
    create_webhook: "Create webhook",
    save_changes: "Save changes",
    saving: "Saving…",
    created: "Webhook created",
    saved: "Changes saved",
    payload_url_hint: "We POST each event to this address. Use https, so that nobody can read the events on their way.",
    secret: "Secret",
    secret_hint_new: "Signs every request (HMAC-SHA256). Store it now: it is never shown again.",
    secret_hint_set: |date| format!("Set on {date}. Leave empty to keep it; a new one signs from the next attempt on."),
    secret_short: "This secret is short. At least 24 characters are better; Generate makes a strong one.",
    show: "Show",
    hide: "Hide",
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
    active_hint: "An inactive webhook receives nothing; what it misses is not sent later.",
    advanced: "Description, time limit and retries",
    description: "Description",
    time_limit: "Time limit in milliseconds",
    time_limit_hint: "From 1000 to 30000. An endpoint that takes longer has failed.",
    retries: "Retries after, in seconds",
    retries_hint: "The delays before each automatic retry, separated by commas. Empty for no retries.",
    retries_wrong: "Write whole numbers of seconds separated by commas, such as 5, 30, 120.",
    number_wrong: "Write a whole number.",
    discard_changes: "Discard your changes?",
    errors_to_fix: |count| match count {
        1 => "One field needs your attention.".into(),
        count => format!("{count} fields need your attention."),
    },
    changed_meanwhile: "Somebody changed this webhook meanwhile. Close this form and open it again to see the changes.",
    could_not_save: "Couldn't save the webhook.",
    could_not_delete: "Couldn't delete the webhook.",
    could_not_load_webhook: "Couldn't load the webhook",

    events_of: |url| format!("Events of {url}"),
    events_caption: "Events, newest first",
    filter_events: "Filter events",
    all: "All",
    event_type: "Event type",
    all_event_types: "All event types",
    search_events: "Search by event ID or text",
    search_placeholder: "Event ID or text",
    clear_filters: "Clear filters",
    event: "Event",
    http: "HTTP",
    attempts: "Attempts",
    duration: "Duration",
    date_sent: "Date sent",
    newest: "Newest",
    older: "Older",
    pages: "Pages",
    no_events_title: "No events yet",
    no_events_text: "They show up here within seconds after they were published.",
    no_events_match: "No events match these filters",
    could_not_load_events: "Couldn't load events",
    webhook_inactive_note: "This webhook is inactive. It receives nothing until you activate it.",
    webhook_gone_note: "This webhook was deactivated because its server answered 410 Gone. Correct the payload URL and activate it again.",
    delivery_status: |status| match status {
        DeliveryStatus::Pending => "Pending",
        DeliveryStatus::Delivered => "Delivered",
        DeliveryStatus::Retrying => "Retrying",
        DeliveryStatus::Failed => "Failed",
        DeliveryStatus::Cancelled => "Cancelled",
    },
    sending: "Sending…",
    next_in: |time| format!("Next in {time}"),

    could_not_load_event: "Couldn't load this event",
    event_id: "Event ID",
    published_id: "Published as",
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
    not_sent_inactive: "Not sent: the webhook was inactive.",
    no_response: "No response: the connection failed.",
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
        Trigger::Resend => "resent by hand",
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
    resend_started: "Sending it again…",
    could_not_resend: "Couldn't resend this event.",
    resend_title: "Resend with which headers?",
    resend_changed_text: "The webhook's secret or authentication has changed since this event was first sent.",
    resend_original: "The same as before",
    resend_original_hint: "Byte for byte; only the timestamp and the Standard Webhooks signature are new.",
    resend_current: "The current ones",
    resend_current_hint: "Signed and authenticated with today's settings.",
    retry_note: |time| format!("We'll retry in {time}."),
    no_attempts_left: "No attempts left. Fix the cause and resend.",
    webhook_deleted: "This webhook was deleted.",

    hints: Hints {
        delivered: |status, time| format!("Delivered. Your server answered {status} in {time}."),
        redirect: |status| {
            (
                format!("Your server answered with a redirect ({status})."),
                "We don't follow redirects. Set the payload URL to the final address.",
            )
        },
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
            "The next attempt waits at least as long as its Retry-After header says.",
        ),
        server_failed: (
            "Your server failed while handling the event (500).",
            "Check its logs around the time of this attempt, then resend.",
        ),
        unavailable: |status| {
            (
                format!("Your server was unavailable ({status})."),
                "A proxy answered in its place, often during a deploy or overload.",
            )
        },
        other_status: |status| {
            (
                format!("Your server answered {status}."),
                "Only an answer from 200 to 299 counts as delivered. Check your server's logs around the time of this attempt.",
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
                "It may be down, overloaded, or behind a firewall that drops our packets.",
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
                "It has expired, is for another name, or is not signed by a public authority. Serve the full chain.",
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
            "The server was stopped during this attempt.",
            "Your server may have received the event: handle repeats by webhook-id.",
        ),
        webhook_inactive: ("The webhook was inactive when this was due.", "Activate it, then resend."),
        internal_error: ("Something failed on our side.", "Resend the event; if it stays, look into the server's log."),
    },
};
