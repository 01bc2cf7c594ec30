//! What comes on stdout, and what on stderr.

use super::*;

#[test]
fn whoever_asks_for_json_gets_json_though_it_went_wrong() {
    let tree = tree(Some("Amazon EC2"));
    let output = run(&["completions", "bash", "--json"]);
    let script: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(script["script"].as_str().is_some_and(|script| script.contains("complete -F")), "{script}");
    tree.put("etc/cloud-timesync/config.toml", "platfrom = 1\n");
    for verb in ["plan", "detect", "verify", "apply"] {
        let object = tree.json(&[verb]);
        let why = object["error"].as_str().unwrap_or_default();
        assert!(why.contains("unknown field `platfrom`"), "{verb}: {object}");
    }
    tree.put("var/lib/cloud-timesync/receipt.json", "{");
    for verb in ["plan", "verify", "apply"] {
        let object = tree.json(&[verb]);
        assert!(object["error"].as_str().is_some_and(|why| why.contains("receipt.json")), "{verb}: {object}");
    }
    let undone = tree.json(&["undo"]);
    assert!(undone["failed"][0].as_str().is_some_and(|why| why.contains("receipt.json")), "{undone}");
}

#[test]
fn a_result_that_cannot_be_written_is_not_taken_for_written() {
    let tree = tree(Some("Amazon EC2"));
    let script = "\"$0\" plan --json --root \"$1\" > /dev/full";
    let mut sh = Command::new("sh");
    sh.args(["-c", script, agent()]).arg(tree.path());
    let output = sh.output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("error: writing the result to stdout: no space left"), "{said}");
}

#[test]
fn logs_go_to_stderr_and_results_to_stdout() {
    let (code, out, err) = tree(Some("Amazon EC2")).run(&["apply", "--json"]);
    assert_eq!(code, 0);
    let object: Value = serde_json::from_str(&out).expect("stdout is one JSON object");
    assert_eq!((&object["applied"], &object["failed"]), (&true.into(), &Value::Array(vec![])));
    assert!(err.starts_with("platform: aws (strong): sys_vendor is Amazon EC2\n"), "{err}");
}
