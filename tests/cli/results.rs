//! What comes on stdout, and what on stderr.

use super::*;

#[test]
fn whoever_asks_for_json_gets_json_though_it_went_wrong() {
    let tree = tree(Some("Amazon EC2"));
    let object = |arguments: &[&str]| -> Value {
        let (_, out, _) = run_in(&tree, arguments);
        serde_json::from_str(&out).unwrap_or_else(|why| panic!("{arguments:?}: {why}: {out}"))
    };
    let output = run(&["completions", "bash", "--json"]);
    let script: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(script["script"].as_str().is_some_and(|script| script.contains("complete -F")), "{script}");
    fs::create_dir_all(tree.path().join("etc/cloud-timesync")).expect("a directory");
    fs::write(tree.path().join("etc/cloud-timesync/config.toml"), "platfrom = 1\n").expect("a file");
    for verb in ["plan", "detect", "verify", "apply"] {
        let object = object(&[verb, "--json"]);
        let why = object["error"].as_str().unwrap_or_default();
        assert!(why.contains("unknown field `platfrom`"), "{verb}: {object}");
    }
    fs::write(tree.path().join("var/lib/cloud-timesync/receipt.json"), "{").expect("a broken receipt");
    for verb in ["plan", "verify", "apply"] {
        let object = object(&[verb, "--json"]);
        assert!(object["error"].as_str().is_some_and(|why| why.contains("receipt.json")), "{verb}: {object}");
    }
    let undone = object(&["undo", "--json"]);
    assert!(undone["failed"][0].as_str().is_some_and(|why| why.contains("receipt.json")), "{undone}");
}

#[test]
fn a_result_that_cannot_be_written_is_not_taken_for_written() {
    let tree = tree(Some("Amazon EC2"));
    let script = "\"$0\" plan --json --root \"$1\" > /dev/full";
    let mut sh = Command::new("sh");
    sh.args(["-c", script, env!("CARGO_BIN_EXE_cloud-timesync")]).arg(tree.path());
    let output = sh.output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("error: writing the result to stdout: no space left"), "{said}");
}

#[test]
fn logs_go_to_stderr_and_results_to_stdout() {
    let (code, out, err) = run_in(&tree(Some("Amazon EC2")), &["apply", "--json"]);
    assert_eq!(code, 0);
    let object: Value = serde_json::from_str(&out).expect("stdout is one JSON object");
    assert_eq!((&object["applied"], &object["failed"]), (&true.into(), &Value::Array(vec![])));
    assert!(err.starts_with("platform: aws (strong): sys_vendor is Amazon EC2\n"), "{err}");
}
