//! What a handler asks of its caller, in its signature.

use super::{Caller, check::unauthenticated};
use crate::problem::Error;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use shared::{CallerKind, Code};
use std::future::{Ready, ready};

/// Declares extractors: one line each, who it is, what its role must allow, and how that is said.
macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident, $may:expr, $needs:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Caller);

        impl FromRequest for $name {
            type Error = Error;
            type Future = Ready<Result<Self, Error>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let may: fn(&Caller) -> bool = $may;
                ready(match request.extensions().get::<Caller>() {
                    Some(caller) if may(caller) => Ok(Self(caller.clone())),
                    Some(caller) => Err(forbidden(caller, $needs)),
                    None => Err(unauthenticated()),
                })
            }
        }
    )*};
}

callers! {
    /// Anybody who has shown who they are.
    Anyone, |_| true, "";
    /// Whoever may publish events: the platform and those who work for it, not the customer whom it has sent a link.
    Publisher, |who| who.role.may_publish() && who.kind != CallerKind::PortalLink,
        "publisher or editor of an operator or an API key, not of a portal link";
    /// Whoever may look at webhooks, events and deliveries.
    Reader, |who| who.role.may_read(), "viewer";
    /// Whoever may change webhooks, resend and test.
    Editor, |who| who.role.may_edit(), "editor";
    /// Whoever may change event types, which say what is published: not the customer whom the platform has sent a link.
    Cataloguer, |who| who.role.may_edit() && who.kind != CallerKind::PortalLink,
        "editor of an operator or an API key, not of a portal link";
    /// Whoever may manage operators and API keys, and read the audit log.
    Admin, |who| who.role.may_administer(), "admin";
    /// Whoever may look at tenants.
    #[expect(dead_code, reason = "all of them see the same")]
    PlatformReader, |who| who.role.may_read() && who.platform, "viewer of the platform";
    /// Whoever may manage tenants.
    PlatformAdmin, |who| who.role.may_administer() && who.platform, "admin of the platform";
}

pub(super) fn forbidden(caller: &Caller, needs: &str) -> Error {
    let reach = if needs.ends_with("of the platform") && !caller.platform { " of one tenant" } else { "" };
    Error::new(Code::ForbiddenRole, format!("This needs the role {needs}; yours is {}{reach}.", caller.role.name()))
}

/// Refuses that somebody who belongs to one tenant gives or takes a reach over all of them.
pub(crate) fn check_reach(who: &Caller, platform: bool) -> Result<(), Error> {
    if platform && !who.platform { Err(forbidden(who, "admin of the platform")) } else { Ok(()) }
}
