//! The schema, and programs that know another one.

use super::*;
use crate::database::on_both;
use diesel::connection::SimpleConnection as _;

on_both! {
    async fn a_schema_that_a_newer_version_made_is_left_alone(backend) {
        let store = TestStore::open(backend);
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001')";
        store.store.write(move |db| db.batch_execute(newer)).await.unwrap();
        let refused = store::migrate(&store.database.url(), store.now()).unwrap_err().to_string();
        assert!(refused.contains("it was written by a newer hookwright (its step 99990101000001"), "{refused}");
        // Whoever comes next is told the same: no lock stays behind.
        assert!(store::migrate(&store.database.url(), store.now()).is_err());
    }
}
