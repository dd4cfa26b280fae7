//! Conditions whose text is constant, and conditions of which there are as many as a filter needs.

use super::connection::Db;
use diesel::{
    Connection, QueryResult,
    backend::Backend,
    expression::{AppearsOnTable, BoxableExpression, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Bool,
};

/// A condition without values, in SQL: the predicate of a partial index has to stand in a query to the letter. Unlike with
/// `diesel::dsl::sql`, a statement that contains it is prepared once for a connection.
#[derive(Clone, Copy)]
pub(super) struct Condition(pub(super) &'static str);

impl Expression for Condition {
    type SqlType = Bool;
}

impl<Table> AppearsOnTable<Table> for Condition {}

impl<Table> SelectableExpression<Table> for Condition {}

impl<Grouping> ValidGrouping<Grouping> for Condition {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Condition {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Condition {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        out.push_sql(self.0);
        out.push_sql(")");
        Ok(())
    }
}

/// A condition on the rows of a table, so that more can be added to it.
pub(super) type Any<'a, Table> = Box<dyn BoxableExpression<Table, <Db as Connection>::Backend, SqlType = Bool> + 'a>;

/// The condition as one to which more can be added.
pub(super) fn boxed<'a, Table>(
    condition: impl BoxableExpression<Table, <Db as Connection>::Backend, SqlType = Bool> + 'a,
) -> Any<'a, Table> {
    Box::new(condition)
}
