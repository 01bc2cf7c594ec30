//! The table of databases: the units that wait for the clock wherever they are installed.

use std::collections::HashSet;

use crate::config::{Config, Millis};

/// A database that minds its nodes' clocks. docs/databases.md has the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    Scylla,
    Cassandra,
    Cockroach,
    Yugabyte,
    Etcd,
    Ydb,
    Tidb,
}

impl Product {
    /// The largest difference between two nodes' clocks that the database bears, as the configuration or its vendor says; None
    /// where it has no such limit.
    pub fn max_offset(self, config: &Config) -> Option<Millis> {
        match self {
            Product::Cockroach => Some(config.cockroach.max_offset),
            // --max_clock_skew_usec: https://docs.yugabyte.com/stable/deploy/manual-deployment/system-config/
            Product::Yugabyte => Some(Millis(500)),
            Product::Scylla | Product::Cassandra | Product::Etcd | Product::Ydb | Product::Tidb => None,
        }
    }
}

/// A unit under which a database runs. `#` stands for a number, `*` for any text.
#[derive(Debug)]
pub struct Database {
    pub unit: &'static str,
    pub product: Product,
}

/// All of them. The units of this package name each that is no pattern: the agent and the gate come before it, the verdict after.
pub const DATABASES: [Database; 14] = [
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
    // https://docs.yugabyte.com/stable/yugabyte-platform/prepare/server-nodes-software/
    Database { unit: "yb-master.service", product: Product::Yugabyte },
    Database { unit: "yb-tserver.service", product: Product::Yugabyte },
    // Debian's and Fedora's packages: https://packages.debian.org/stable/etcd-server
    Database { unit: "etcd.service", product: Product::Etcd },
    // One for the storage, and one for each database, named for it:
    // https://ydb.tech/docs/en/devops/deployment-options/manual/initial-deployment/
    Database { unit: "ydbd-*.service", product: Product::Ydb },
    // TiUP names them for the port: https://github.com/pingcap/tiup/blob/master/pkg/cluster/spec/instance.go
    Database { unit: "tidb-#.service", product: Product::Tidb },
    Database { unit: "tikv-#.service", product: Product::Tidb },
    Database { unit: "pd-#.service", product: Product::Tidb },
];

impl Database {
    /// The name is this unit's, of its pattern, or of an instance: cassandra@prod.service is Cassandra's, too.
    fn has(&self, name: &str) -> bool {
        let template = name.split_once('@').zip(name.rsplit_once('.'));
        let whole = template.map(|((stem, _), (_, kind))| format!("{stem}.{kind}"));
        let name = whole.as_deref().unwrap_or(name);
        let Some(mark) = self.unit.find(['#', '*']) else { return name == self.unit };
        let (before, after) = (&self.unit[..mark], &self.unit[mark + 1..]);
        let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        middle.is_some_and(|middle| {
            let is_number = middle.bytes().all(|byte| byte.is_ascii_digit());
            !middle.is_empty() && (is_number || self.unit.contains('*'))
        })
    }
}

/// Database that runs under this unit; None where only the configuration names it.
pub fn product(unit: &str) -> Option<Product> {
    DATABASES.iter().find(|database| database.has(unit)).map(|database| database.product)
}

/// The units with one name everywhere, which the units of this package have in their Before= and After=.
pub fn named_units() -> impl Iterator<Item = &'static str> {
    DATABASES.iter().map(|database| database.unit).filter(|unit| !unit.contains(['#', '*']))
}

/// The units of this package name this one: cloud-timesync-gate.target holds it in every boot.
pub fn has_one_name(unit: &str) -> bool {
    named_units().any(|named| named == unit)
}

/// Every unit that waits if it is there: the databases, those of them that were found by a pattern or as instances, then those
/// that the configuration names.
pub fn candidates(config: &Config, found: &[String]) -> Vec<String> {
    let named = config.gate.units.iter().map(|unit| unit.as_str().to_owned());
    let mut seen = HashSet::new();
    let all = named_units().map(str::to_owned).chain(found.iter().cloned()).chain(named);
    all.filter(|unit| seen.insert(unit.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_known_by_name_pattern_and_instance() {
        for (unit, expected) in [
            ("scylla-server.service", Some(Product::Scylla)),
            ("cassandra@prod.service", Some(Product::Cassandra)),
            ("ydbd-storage.service", Some(Product::Ydb)),
            ("ydbd-testdb.service", Some(Product::Ydb)),
            ("ydbd@1.service", None),
            ("tidb-4000.service", Some(Product::Tidb)),
            ("tikv-20160.service", Some(Product::Tidb)),
            ("pd-2379.service", Some(Product::Tidb)),
            ("pd-agent.service", None),
            ("pd-.service", None),
            ("tidb-4000.socket", None),
            ("scylla-server.slice", None),
            ("postgresql@17-main.service", None),
        ] {
            assert_eq!(product(unit), expected, "{unit}");
        }
    }
}
