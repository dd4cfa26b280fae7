//! Statements whose text is constant, so that a connection prepares them once. Diesel prepares anew each time what contains an `UPDATE`,
//! a list or SQL of one's own.

/// Declares a statement: its parameters with their SQL types in the order of the `?` in the text, the columns it returns, and the text.
/// What comes a second time on PostgreSQL is called by its number: `$1`.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? { $($field:ident: $type:ty => $sql_type:ty,)* } -> $row:ty, $sql:expr
    ) => {
        $(#[$doc])*
        pub(super) struct $name $(<$life>)? {
            $(pub(super) $field: $type,)*
        }

        const _: () = {
            assert!(
                $crate::store::queue::statement::marks($sql) == [$(stringify!($field)),*].len(),
                "a statement has one parameter for each `?`"
            );

            /// By what a connection knows that it has prepared this statement.
            pub(super) struct Prepared;

            impl $(<$life>)? diesel::query_builder::QueryId for $name $(<$life>)? {
                type QueryId = Prepared;
                const HAS_STATIC_QUERY_ID: bool = true;
            }
        };

        impl<$($life,)? Database> diesel::query_builder::QueryFragment<Database> for $name $(<$life>)?
        where
            Database: diesel::backend::Backend $(+ diesel::sql_types::HasSqlType<$sql_type>)*,
            $($type: diesel::serialize::ToSql<$sql_type, Database>,)*
        {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, Database>,
            ) -> diesel::QueryResult<()> {
                static PARTS: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| $sql.split('?').collect());
                let mut parts = PARTS.iter().copied();
                out.push_sql(parts.next().unwrap_or_default());
                $(
                    out.push_bind_param::<$sql_type, _>(&self.$field)?;
                    out.push_sql(parts.next().unwrap_or_default());
                )*
                Ok(())
            }
        }

        impl $(<$life>)? diesel::query_builder::Query for $name $(<$life>)? {
            type SqlType = $row;
        }

        impl<$($life,)? Connection> diesel::RunQueryDsl<Connection> for $name $(<$life>)? {}
    };
}

pub(super) use statement;

/// How many `?` there are in a statement's text.
pub(super) const fn marks(text: &str) -> usize {
    let (bytes, mut at, mut marks) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        marks += (bytes[at] == b'?') as usize;
        at += 1;
    }
    marks
}
