//! The tables, as diesel sees them on both databases.

diesel::table! {
    tenants (id) {
        id -> Binary,
        name -> Text,
        external_id -> Nullable<Text>,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        erasing -> SmallInt,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Binary,
        tenant_id -> Binary,
        url -> Text,
        description -> Text,
        status -> SmallInt,
        inactive_reason -> Nullable<Text>,
        secret_sealed -> Binary,
        secret_set_at -> BigInt,
        auth_type -> Text,
        auth_name -> Text,
        auth_sealed -> Nullable<Binary>,
        header_names -> Text,
        headers_sealed -> Nullable<Binary>,
        credentials_changed_at -> BigInt,
        selection -> Text,
        timeout_ms -> Integer,
        retry_schedule -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        max_concurrency -> Integer,
        rate_limit -> Nullable<Integer>,
        failing_since -> Nullable<BigInt>,
        failure_streak -> Integer,
        in_alarm -> SmallInt,
        previous_secret_sealed -> Nullable<Binary>,
        previous_secret_until -> Nullable<BigInt>,
        updated_by -> Nullable<Text>,
        inactive_since -> Nullable<BigInt>,
        content_mode -> Text,
    }
}

diesel::table! {
    nodes (number) {
        number -> Integer,
        delivers -> Bool,
        missing_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    events (id) {
        id -> Binary,
        tenant_id -> Binary,
        source -> Text,
        #[sql_name = "type"]
        kind -> Text,
        ce_id -> Text,
        time -> BigInt,
        matched -> Integer,
        created_at -> BigInt,
        payload -> Text,
        test -> SmallInt,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    event_keys (tenant_id, ce_id, source) {
        tenant_id -> Binary,
        ce_id -> Text,
        source -> Text,
        event_id -> Binary,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Binary,
        tenant_id -> Binary,
        event_id -> Binary,
        webhook_id -> Binary,
        event_type -> Text,
        status -> SmallInt,
        attempt_count -> Integer,
        retry_index -> Integer,
        next_trigger -> Text,
        claimed -> Integer,
        due_at -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        status_code -> Nullable<SmallInt>,
        duration_us -> Nullable<BigInt>,
        last_attempt_at -> Nullable<BigInt>,
        created_at -> BigInt,
        test -> Nullable<Text>,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    attempts (delivery_id, number) {
        delivery_id -> Binary,
        number -> Integer,
        trigger -> Text,
        started_at -> BigInt,
        duration_us -> BigInt,
        phases -> Text,
        url -> Text,
        failure -> Nullable<Text>,
        error -> Nullable<Text>,
        request_headers_sealed -> Binary,
        status_code -> Nullable<SmallInt>,
        response_headers -> Text,
        response_body -> Nullable<Binary>,
        truncated -> SmallInt,
        webhook_version -> Nullable<BigInt>,
    }
}

diesel::table! {
    event_types (tenant_id, source, kind) {
        tenant_id -> Binary,
        source -> Text,
        #[sql_name = "type"]
        kind -> Text,
        description -> Text,
        example -> Nullable<Text>,
        schema -> Nullable<Text>,
    }
}

diesel::table! {
    resend_jobs (id) {
        id -> Binary,
        tenant_id -> Binary,
        webhook_id -> Binary,
        kind -> Text,
        next_trigger -> Text,
        started_by -> Text,
        rate -> Integer,
        max_failed_percent -> Integer,
        status -> Text,
        stop_reason -> Nullable<Text>,
        step -> Integer,
        step_resent -> Integer,
        step_delivered -> Integer,
        step_failed -> Integer,
        total -> Integer,
        resent -> Integer,
        delivered -> Integer,
        failed -> Integer,
        skipped -> Integer,
        due_at -> Nullable<BigInt>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    operators (id) {
        id -> Binary,
        tenant_id -> Binary,
        platform -> SmallInt,
        email -> Text,
        password_hash -> Text,
        role -> Text,
        created_at -> BigInt,
        last_sign_in_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    resends (delivery_id, number) {
        delivery_id -> Binary,
        number -> Integer,
        resent_by -> Text,
    }
}

diesel::table! {
    resend_items (job_id, delivery_id) {
        job_id -> Binary,
        delivery_id -> Binary,
        attempt_count -> Nullable<Integer>,
        event_id -> Nullable<Binary>,
    }
}

diesel::table! {
    idempotency_keys (tenant_id, key_hash) {
        tenant_id -> Binary,
        key_hash -> Binary,
        fingerprint -> Binary,
        started_at -> BigInt,
        status -> Nullable<SmallInt>,
        headers -> Nullable<Text>,
        body -> Nullable<Binary>,
        action -> Nullable<Text>,
        target_id -> Nullable<Text>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Binary,
        tenant_id -> Binary,
        platform -> SmallInt,
        name -> Text,
        role -> Text,
        secret_hash -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        operator_id -> Nullable<Binary>,
        visitor -> Nullable<Text>,
        tenant_id -> Binary,
        role -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    links (token_hash) {
        token_hash -> Binary,
        purpose -> Text,
        tenant_id -> Binary,
        role -> Text,
        visitor -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Binary,
        tenant_id -> Binary,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        actor_name -> Text,
        action -> Text,
        target_kind -> Text,
        target_id -> Text,
        target_name -> Text,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    key_check (id) {
        id -> SmallInt,
        sealed -> Binary,
    }
}

diesel::table! {
    purge_clock (id) {
        id -> SmallInt,
        seen_at -> Nullable<BigInt>,
        doubted_since -> Nullable<BigInt>,
    }
}

diesel::joinable!(sessions -> operators (operator_id));

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    webhooks,
    events,
    event_keys,
    deliveries,
    attempts,
    event_types,
    resend_jobs,
    resend_items,
    operators,
    sessions
);
