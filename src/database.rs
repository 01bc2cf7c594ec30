//! The table of databases: the units that wait for the clock wherever they are installed.

use std::collections::HashSet;

use crate::config::Config;

/// A database that minds its nodes' clocks. docs/databases.md has the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    Scylla,
    Cassandra,
    Cockroach,
}

/// A unit under which a database runs.
#[derive(Debug)]
pub struct Database {
    pub unit: &'static str,
    pub product: Product,
}

/// cloud-timesync.service is ordered before each of them, and cloud-timesync-verify.service after.
pub const DATABASES: [Database; 7] = [
    // https://github.com/scylladb/scylladb/tree/master/dist/common/systemd
    Database { unit: "scylla-server.service", product: Product::Scylla },
    // Its packages have an init script, for which systemd-sysv-generator makes the unit:
    // https://github.com/apache/cassandra/blob/trunk/debian/init
    Database { unit: "cassandra.service", product: Product::Cassandra },
    // The same in the packages of DataStax Enterprise:
    // https://docs.datastax.com/en/dse/6.8/managing/operations/start-stop/start-dse-service.html
    Database { unit: "dse.service", product: Product::Cassandra },
    // It has no packages: its documentation has two files, and operators shorten their names.
    // https://www.cockroachlabs.com/docs/stable/deploy-cockroachdb-on-premises
    // https://www.cockroachlabs.com/docs/stable/deploy-cockroachdb-on-premises-insecure
    Database { unit: "securecockroachdb.service", product: Product::Cockroach },
    Database { unit: "insecurecockroachdb.service", product: Product::Cockroach },
    Database { unit: "cockroachdb.service", product: Product::Cockroach },
    Database { unit: "cockroach.service", product: Product::Cockroach },
];

/// What runs under this unit; None where only the configuration names it.
pub fn product(unit: &str) -> Option<Product> {
    DATABASES.iter().find(|database| database.unit == unit).map(|database| database.product)
}

/// Every unit that waits if it is there: the databases, then those that the configuration names.
pub fn candidates(config: &Config) -> Vec<String> {
    let known = DATABASES.iter().map(|database| database.unit);
    let named = config.gate.units.iter().map(|unit| unit.as_str());
    let mut seen = HashSet::new();
    known.chain(named).filter(|unit| seen.insert(*unit)).map(str::to_owned).collect()
}
