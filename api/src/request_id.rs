//! A name for each request, which its log lines, its answer and a problem in it carry alike.

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered, if one is.
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The future as a part of the request that is being answered, wherever it is run.
pub(crate) fn carried<F: Future>(future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(current().unwrap_or_default(), future)
}

/// The future as a part of the request of that id.
pub(crate) fn of<F: Future>(id: String, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, future)
}
