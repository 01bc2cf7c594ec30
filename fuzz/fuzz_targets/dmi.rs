//! The firmware's fields: a value each, divided by NUL, then the hypervisor's UUID.
#![no_main]

mod tree;

use cloud_timesync::observe::dmi::Dmi;
use cloud_timesync::platform::Field;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let tree = tree::Tree::new();
    let paths = Field::ALL.iter().map(|field| format!("sys/class/dmi/id/{}", field.name()));
    let paths = paths.chain(["sys/hypervisor/uuid".to_owned()]);
    for (path, value) in paths.zip(data.split(|byte| *byte == 0)) {
        tree.write(&path, value);
    }
    let evidence = Dmi::read(&tree.root).evidence();
    for piece in &evidence {
        assert_eq!(piece.platform, evidence[0].platform, "{evidence:?}");
        assert!(!piece.says.chars().any(char::is_control), "{evidence:?}");
    }
});
