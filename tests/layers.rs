//! One direction: the list of modules in src/lib.rs is the order of the rooms, and each imports only what stands above it.

// The test reads the source.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

/// The lines of a file that are compiled into the program: no comments, no tests.
fn product_lines(text: &str) -> Vec<&str> {
    let mut product = Vec::new();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    while let Some(line) = lines.next() {
        match line {
            "#[cfg(test)]" if lines.next().is_some_and(|item| item.ends_with(';')) => {}
            // Tests that stand in the file are its end.
            "#[cfg(test)]" => break,
            line => product.push(line),
        }
    }
    product
}

fn declared(line: &str) -> Option<&str> {
    line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')
}

/// What is wrong in a file and in its submodules, which lie in `folder`. `below` is what the file may import.
fn faults(file: &Path, folder: &Path, root: &str, below: &[&str], order: &[&str]) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let mut faults = Vec::new();
    for line in product_lines(&text) {
        if let Some(name) = declared(line) {
            let module = folder.join(name);
            faults.extend(self::faults(&module.with_extension("rs"), &module, root, below, order));
        }
        for import in line.split(root).skip(1) {
            let name = import.split(|letter: char| letter != '_' && !letter.is_alphanumeric()).next();
            let name = name.unwrap_or_default();
            if !order.contains(&name) {
                faults.push(format!("{}: src/lib.rs does not list `{name}`: {line}", file.display()));
            } else if !below.contains(&name) {
                faults.push(format!("{}: against the order of src/lib.rs: {line}", file.display()));
            }
        }
    }
    faults
}

#[test]
fn a_room_imports_only_what_lib_rs_lists_above_it() {
    let src = Path::new("src");
    let lib = fs::read_to_string(src.join("lib.rs")).expect("the list of modules");
    let order: Vec<&str> = product_lines(&lib).into_iter().filter_map(declared).collect();
    let mut faults = faults(&src.join("main.rs"), src, "cloud_timesync::", &order, &order);
    for (index, room) in order.iter().enumerate() {
        let (file, folder) = (src.join(room).with_extension("rs"), src.join(room));
        faults.extend(self::faults(&file, &folder, "crate::", &order[..=index], &order));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
