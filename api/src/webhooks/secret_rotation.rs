//! A new secret in the place of the one before.

use super::{audited, find, is_secret, load, match_version, of_any_version, set_secret, touch, write_changed};
use crate::{app::App, audit, auth::Caller, problem::Error, secrets::Place};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use shared::{AuditAction, Code, Id, RotatedSecret, SECRET_PREFIX, SecretRotation};

/// Sets a new secret; the one before signs too for a while, so that a receiver can change at its own time. `if_match` as for
/// [`super::change`].
pub(crate) async fn rotate_secret(
    app: &App,
    who: &Caller,
    id: Id,
    if_match: Option<&str>,
    rotation: SecretRotation,
) -> Result<RotatedSecret, Error> {
    Error::refuse(rotation.check())?;
    of_any_version(if_match, || rotate_once(app, who, id, if_match, rotation.clone())).await
}

/// A secret that nobody has chosen.
pub(super) fn new_secret() -> String {
    format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(rand::random::<[u8; 32]>()))
}

async fn rotate_once(
    app: &App,
    who: &Caller,
    id: Id,
    if_match: Option<&str>,
    rotation: SecretRotation,
) -> Result<RotatedSecret, Error> {
    let SecretRotation { secret, overlap_seconds } = rotation;
    let tenant_id = who.tenant_id;
    let mut row = load(app, tenant_id, id).await?;
    match_version(&row, if_match)?;
    if secret.as_ref().is_some_and(|secret| is_secret(app, &row, secret)) {
        return Ok(RotatedSecret { webhook: find(app, tenant_id, id).await?, secret: None });
    }
    let before = audited(&row);
    let now = app.clock.now();
    // Two secrets sign at most: the first of three would end at once, and receivers that have it still would refuse everything.
    if overlap_seconds > 0
        && let Some(until) = row.previous_secret_until.filter(|&until| until > now)
    {
        let detail = format!(
            "The previous secret still signs until {until}. Rotate after that, or with overlap_seconds 0, so that only the new one signs from \
             now on."
        );
        return Err(Error::new(Code::RotationUnderWay, detail));
    }
    let generated = secret.is_none().then(new_secret);
    let old = app
        .sealer
        .reseal(Place::WebhookSecret(id), Place::WebhookPreviousSecret(id), &row.secret_sealed)
        .map_err(Error::internal)?;
    if let Some(new) = secret.as_ref().or(generated.as_ref()) {
        set_secret(app, &mut row, new, now);
    }
    row.previous_secret_sealed = (overlap_seconds > 0).then_some(old);
    row.previous_secret_until = (overlap_seconds > 0).then(|| now.plus_seconds(i64::from(overlap_seconds)));
    row.updated_by = Some(who.name.clone());
    touch(&mut row, now);
    let entry = audit::entry(app, who, AuditAction::WebhookSecretRotated, id, &row.url);
    let entry = audit::with_change(entry, Some(&before), Some(&audited(&row)));
    let webhook = write_changed(app, row, entry).await?;
    Ok(RotatedSecret { webhook, secret: generated })
}
