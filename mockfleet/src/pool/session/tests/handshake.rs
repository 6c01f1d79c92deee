use super::*;

#[test]
fn a_bitaxe_s_handshake_ends_with_a_difficulty_and_a_clean_job() {
    let mut rig = Rig::new(rules(Style::Nicehash));
    let configure = r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}"#;
    let agreed = json!({ "version-rolling": true, "version-rolling.mask": "1fffe000" });
    assert_eq!(rig.says(configure), [json!({ "id": 1, "result": agreed, "error": null })]);
    let subscribed = rig.says(r#"{"id":2,"method":"mining.subscribe","params":["bitaxe/BM1370/v2"]}"#);
    assert_eq!((&subscribed[0]["result"][1], &subscribed[0]["result"][2]), (&json!("00000007"), &json!(4)));
    let lines = rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.b","x"]}"#);
    assert_eq!(methods(&lines), ["answer 3", "mining.set_difficulty", "mining.notify"]);
    let told = lines[1]["params"][0].as_f64().unwrap();
    assert!((told / EASY - 1.0).abs() < 1e-12, "{told}");
    assert_eq!(lines[2]["params"][8], true);
    assert_eq!(rig.notes, [Note::Authorised("a.b".into())]);
}

#[test]
fn ckpool_sends_work_before_it_answers_authorize_and_the_mask_after_configure() {
    let mut rig = Rig::new(rules(Style::Ckpool));
    let configure = r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"0000e000"}]}"#;
    let lines = rig.says(configure);
    assert_eq!(methods(&lines), ["answer 1", "mining.set_version_mask"]);
    assert_eq!(lines[1]["params"][0], "0000e000");
    rig.says(r#"{"id":2,"method":"mining.subscribe"  , "params":[]}"#);
    let lines = rig.says(r#"{"id":"x","method":"mining.authorize","params":["a.b"]}"#);
    assert_eq!(methods(&lines), ["mining.set_difficulty", "mining.notify", "answer \"x\""]);
}

#[test]
fn work_comes_whichever_of_subscribe_and_authorize_is_the_first_and_once_only() {
    let mut rig = Rig::new(rules(Style::PublicPool));
    let early = rig.says(r#"{"id":1,"method":"mining.authorize","params":["a.b","x"]}"#);
    assert_eq!(methods(&early), ["answer 1"]);
    let lines = rig.says(r#"{"id":2,"method":"mining.subscribe","params":[]}"#);
    assert_eq!(methods(&lines), ["answer 2", "mining.set_difficulty", "mining.notify"]);
    assert_eq!(
        methods(&rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.c","x"]}"#)),
        ["answer 3"]
    );
}

#[test]
fn a_miner_that_was_quicker_than_the_first_job_gets_it_as_it_comes() {
    let mut rig = Rig::new(rules(Style::Nicehash));
    rig.session.window = None;
    rig.says(r#"{"id":2,"method":"mining.subscribe","params":[]}"#);
    assert_eq!(methods(&rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.b"]}"#)), ["answer 3"]);
    assert_eq!(methods(&rig.next(true)), ["mining.set_difficulty", "mining.notify"]);
}

#[test]
fn a_suggestion_counts_where_the_difficulty_varies_only() {
    let suggest =
        |number: &str| format!(r#"{{"id":4,"method":"mining.suggest_difficulty","params":[{number}]}}"#);
    let variable = Difficulty::Variable { shares_per_minute: 6.0 };
    let mut rig = Rig::new(Rules { difficulty: variable, ..rules(Style::Ckpool) });
    assert_eq!(rig.says(&suggest("0.25"))[0]["result"], true);
    rig.says(r#"{"id":2,"method":"mining.subscribe","params":[]}"#);
    let lines = rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.b"]}"#);
    assert_eq!(lines[0]["params"][0], 0.25);
    let lines = rig.says(&suggest("8"));
    assert_eq!(methods(&lines), ["mining.set_difficulty", "answer 4"]);
    rig.says(&rig.marked(1));
    rig.next(false);
    rig.says(&rig.marked(1));
    let graded: Vec<_> = rig.records.iter().map(|record| record.difficulty).collect();
    assert_eq!(graded, [Some(0.25), Some(8.0)], "from the next job on");
    for wrong in ["-1", "0", "\"8\"", "null"] {
        assert_eq!(methods(&rig.says(&suggest(wrong))), ["answer 4"], "{wrong}");
    }
    let mut fixed = Rig::mining(rules(Style::PublicPool));
    assert_eq!(fixed.says(&suggest("8")), [Value::Null; 0]);
}

#[test]
fn a_minimum_that_was_agreed_is_no_lower_bound_to_a_fixed_difficulty() {
    let configure = r#"{"id":1,"method":"mining.configure","params":[["minimum-difficulty","x"],{"minimum-difficulty.value":4096}]}"#;
    let variable = Difficulty::Variable { shares_per_minute: 6.0 };
    let mut rig = Rig::new(Rules { difficulty: variable, ..rules(Style::Ckpool) });
    assert_eq!(rig.says(configure)[0]["result"], json!({ "minimum-difficulty": true }));
    rig.says(r#"{"id":2,"method":"mining.subscribe","params":[]}"#);
    let lines = rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.b"]}"#);
    assert_eq!(lines[0]["params"][0], 4096);
    let mut fixed = Rig::new(rules(Style::Ckpool));
    assert_eq!(fixed.says(configure)[0]["result"], json!({ "minimum-difficulty": false }));
}

#[test]
fn who_may_mine_is_a_matter_of_the_rules() {
    let admitted = |admission, params: &str| {
        let mut rig = Rig::new(Rules { admission, ..rules(Style::Nicehash) });
        let answer = rig.says(&format!(r#"{{"id":1,"method":"mining.authorize","params":{params}}}"#));
        answer[0]["result"] == true
    };
    let (any, password, worker) = (Admission::Any, Admission::Password, Admission::Worker);
    for (admission, good, bad) in [
        (any, &[r#"["a"]"#, r#"["a",null]"#, r#"["a","",1e9]"#][..2], &["[]", r#"[""]"#, "[null]", "{}"][..]),
        (password, &[r#"["a","x"]"#], &[r#"["a"]"#, r#"["a",null]"#, r#"["a","y"]"#]),
        (worker, &[r#"["a.b"]"#, r#"["a.b.c","y"]"#], &[r#"["a"]"#, r#"["a."]"#, r#"[".b"]"#]),
    ] {
        assert!(good.iter().all(|params| admitted(admission, params)), "{admission:?}");
        assert!(bad.iter().all(|params| !admitted(admission, params)), "{admission:?}");
    }
    assert!(!admitted(any, &format!("[\"{}\"]", "a".repeat(NAME_BYTES + 1))), "too long a name");
}

#[test]
fn no_more_workers_than_the_limit_share_a_connection() {
    let mut rig = Rig::new(rules(Style::Ckpool));
    let mut authorise = |name: String| {
        let line = format!(r#"{{"id":1,"method":"mining.authorize","params":["{name}"]}}"#);
        rig.says(&line)[0]["result"] == true
    };
    assert!((0..WORKERS).all(|number| authorise(format!("w.{number}"))));
    assert!(!authorise("w.one-more".to_owned()) && authorise("w.0".to_owned()));
}
