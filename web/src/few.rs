//! Collections of a few. `sort`, and what `collect` does for sets and maps, is fast for many items: at the price of several kilobytes of code
//! for each type, more than any list here is worth.

/// A set or a map of these.
pub(crate) fn one_by_one<S: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> S {
    let mut set = S::default();
    items.into_iter().for_each(|item| set.extend([item]));
    set
}

/// The items in the order of their keys; those of the same key stay in theirs.
pub(crate) fn in_order<T, K: PartialOrd>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut sorted = Vec::new();
    for item in items {
        let at = sorted.partition_point(|before| key(before) <= key(&item));
        sorted.insert(at, item);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_the_same_key_stay_in_their_order() {
        let items = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        assert_eq!(in_order(items, |item| item.0), [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }
}
