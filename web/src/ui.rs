//! What pages are made of.

pub(crate) mod acting;
pub(crate) mod ask;
pub(crate) mod chart;
pub(crate) mod choice;
pub(crate) mod connection;
pub(crate) mod copy;
pub(crate) mod crumbs;
pub(crate) mod dialog;
pub(crate) mod guard;
pub(crate) mod heading;
pub(crate) mod icon;
pub(crate) mod json_view;
pub(crate) mod listing;
pub(crate) mod menu;
pub(crate) mod notice;
pub(crate) mod pill;
pub(crate) mod place;
pub(crate) mod remaining;
pub(crate) mod search;
pub(crate) mod short_form;
pub(crate) mod show;
pub(crate) mod table;
pub(crate) mod webhook_name;
