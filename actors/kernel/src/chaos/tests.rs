use super::*;

fn fault(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn chaos(seed: u64, faults: &[&str]) -> Chaos {
    Chaos::new(seed, faults.iter().map(|text| fault(text)))
}

/// What `device:1` meets under these faults.
fn device(seed: u64, faults: &[&str]) -> Aim {
    chaos(seed, faults).aim("Device", "device:1").expect("they can strike it")
}

/// Which of so many messages of one type are struck, counted from 1.
fn struck(aim: &mut Aim, message: &str, messages: usize) -> Vec<usize> {
    (1..=messages).filter(|_| aim.strike(message).is_some()).collect()
}

// === the text ===

#[test]
fn a_fault_reads_back_from_what_it_displays() {
    let texts = [
        "panic share=0.01 kind=Device id=device:* message=Poll",
        "delay=250ms every=100 kind=Miner",
        "drop nth=3 id=pool:0",
        "panic share=1",
        "panic share=0.0000001",
        "delay=60s nth=18446744073709551615",
        "delay=1ms every=1 message=started",
        "panic every=2 id=*a=b*",
    ];
    for text in texts {
        assert_eq!(fault(text).to_string(), text);
    }
}

#[test]
fn words_after_the_first_stand_in_any_order_with_any_blanks() {
    let text = "  delay=2000ms\tmessage=Poll  id=* kind=Device\nevery=010 ";
    assert_eq!(fault(text).to_string(), "delay=2s every=10 kind=Device id=* message=Poll");
    assert_eq!(fault("panic share=1e-2"), fault("panic share=.01"));
}

#[test]
fn a_word_that_is_wrong_is_named_with_what_is_accepted() {
    type Wrong = fn(String) -> FaultError;
    let cases: [(&str, &[&str], Wrong); 9] = [
        ("", &["crash", "Panic", "panic=1", "drop=", "share=0.1", ";"], FaultError::Deed),
        (
            "",
            &["delay", "delay=", "delay=5", "delay=ms", "delay=1m", "delay=0s", "delay=1.5s"],
            FaultError::Delay,
        ),
        ("", &["delay=-1s", "delay=61s", "delay=60001ms", "delay=99999999999999999999s"], FaultError::Delay),
        ("panic", &["often", "=", "shre=0.1", "Kind=Device"], FaultError::Word),
        (
            "panic",
            &["share=", "share=0", "share=-0.1", "share=1.01", "share=nan", "share=1%"],
            FaultError::Share,
        ),
        (
            "drop",
            &["every=", "every=0", "every=1.5", "nth=-3", "nth=+3", "nth=18446744073709551616"],
            FaultError::Count,
        ),
        ("drop nth=1", &["kind=", "kind=Dev*", "kind=a::B", "message=3", "message=Poll,"], FaultError::Name),
        ("drop nth=1 kind=A id=a message=A", &["nth=1", "kind=B", "id=", "message=A"], FaultError::Twice),
        ("drop nth=1", &["share=1", "every=2"], FaultError::When),
    ];
    for (before, words, wrong) in cases {
        for word in words {
            let error = format!("{before} {word}").parse::<Fault>().expect_err(word);
            assert_eq!(error, wrong((*word).to_owned()), "{error}");
            assert!(error.to_string().contains(&format!("{word:?} ")), "{error}");
        }
    }
    assert_eq!("panic share=1 id=".parse::<Fault>(), Err(FaultError::Pattern("id=".to_owned())));
}

#[test]
fn a_fault_says_what_happens_and_when() {
    assert_eq!(" ".parse::<Fault>(), Err(FaultError::Empty));
    assert_eq!("panic kind=Device id=device:*".parse::<Fault>(), Err(FaultError::Never));
}

#[test]
fn a_start_cannot_be_dropped() {
    assert_eq!("drop nth=1 message=started".parse::<Fault>(), Err(FaultError::DroppedStart));
}

// === whom ===

#[test]
fn an_actor_that_no_fault_can_strike_has_no_aim() {
    assert!(Chaos::default().aim("Device", "device:1").is_none());
    let chaos =
        chaos(1, &["panic share=1 kind=Miner", "drop share=1 id=pool:*", "drop share=1 kind=Device id=x"]);
    assert!(chaos.aim("Device", "device:1").is_none());
    assert!(chaos.aim("Device", "pool:1").is_some());
    assert!(chaos.aim("Miner", "device:1").is_some());
}

#[test]
fn chaos_without_faults_is_off() {
    assert!(Chaos::default().is_off() && chaos(7, &[]).is_off());
    assert!(!chaos(7, &["drop nth=3"]).is_off());
}

#[test]
fn a_kind_is_the_whole_name() {
    let chaos = chaos(1, &["panic share=1 kind=Device"]);
    for kind in ["Dev", "Devices", "device"] {
        assert!(chaos.aim(kind, "device:1").is_none(), "{kind}");
    }
}

#[test]
fn an_id_fits_its_pattern_from_end_to_end() {
    let fitting = [
        ("device:1", "device:1"),
        ("device:*", "device:1"),
        ("device:*", "device:"),
        ("*", "device:1"),
        ("*", ""),
        ("*:1", "device:1"),
        ("d*:*1", "device:1"),
        ("*e*v*i*", "device:1"),
        ("**1", "device:1"),
        ("a*ab*b", "aabb"),
        ("*aab*", "aaab"),
        ("é*ü", "éü"),
    ];
    for (pattern, id) in fitting {
        assert!(fits(pattern, id), "{pattern} {id}");
    }
    let other = [
        ("device", "device:1"),
        ("device:?", "device:1"),
        ("evice:*", "device:1"),
        ("*:", "device:1"),
        ("d*d*1", "device:1"),
        ("a*a", "a"),
        ("a*ab*b", "aab"),
        ("", "device:1"),
    ];
    for (pattern, id) in other {
        assert!(!fits(pattern, id), "{pattern} {id}");
    }
}

#[test]
fn a_fault_of_one_message_neither_strikes_nor_counts_others() {
    let mut aim = device(1, &["panic nth=2 message=Poll"]);
    let strikes = ["Poll", "Amend", "Poller", "Poll"].map(|message| aim.strike(message));
    assert_eq!(strikes, [None, None, None, Some(Strike::Panic)]);
}

#[test]
fn a_start_is_struck_by_its_name_only() {
    let mut aim = device(1, &["panic every=1", "drop share=1 kind=Device", "delay=1s nth=2 message=started"]);
    assert_eq!(aim.strike("started"), None);
    assert_eq!(aim.strike("Poll"), Some(Strike::Panic));
    assert_eq!(aim.strike("started"), Some(Strike::Delay(Duration::from_secs(1))), "the second start");
    assert_eq!(aim.strike("started"), None);
}

// === when ===

#[test]
fn the_nth_message_is_struck_once() {
    assert_eq!(struck(&mut device(1, &["drop nth=3"]), "Poll", 100), [3]);
}

#[test]
fn each_nth_message_is_struck() {
    assert_eq!(struck(&mut device(1, &["drop every=3"]), "Poll", 10), [3, 6, 9]);
    assert_eq!(struck(&mut device(1, &["drop every=1"]), "Poll", 3), [1, 2, 3]);
}

#[test]
fn a_share_of_the_messages_is_struck() {
    for (share, expected) in [("0.01", 900..1_100), ("0.5", 49_500..50_500), ("1", 100_000..100_001)] {
        let count = struck(&mut device(42, &[&format!("panic share={share}")]), "Poll", 100_000).len();
        assert!(expected.contains(&count), "{share}: {count}");
    }
}

#[test]
fn the_same_seed_strikes_the_same_messages() {
    let run = |seed| struck(&mut device(seed, &["panic share=0.1", "drop share=0.1"]), "Poll", 1_000);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn actors_are_struck_independently_of_each_other() {
    let chaos = chaos(1, &["panic share=0.5"]);
    let firsts: Vec<_> = (0..2_000)
        .map(|n| chaos.aim("Device", &format!("device:{n}")).expect("all are").strike("Poll").is_some())
        .collect();
    let equal = firsts.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!((900..1_100).contains(&equal), "a neighbour is struck as well as often as not: {equal}");
    let count = firsts.iter().filter(|struck| **struck).count();
    assert!((900..1_100).contains(&count), "{count}");
}

#[test]
fn the_first_fault_that_is_due_strikes_and_the_others_count_the_message() {
    let mut aim = device(1, &["delay=10ms nth=2", "panic every=2", "drop nth=3"]);
    let delay = Strike::Delay(Duration::from_millis(10));
    let strikes = [(); 5].map(|()| aim.strike("Poll"));
    assert_eq!(strikes, [None, Some(delay), Some(Strike::Drop), Some(Strike::Panic), None]);
}

#[test]
fn a_draw_does_not_depend_on_what_strikes_before_it() {
    let dropped = |first: &str| {
        let mut aim = device(1, &[first, "drop share=0.2"]);
        (1..=1_000).filter(|_| aim.strike("Poll") == Some(Strike::Drop)).count()
    };
    let drawn = struck(&mut device(1, &["drop share=0.2"]), "Poll", 1_000);
    let even = drawn.iter().filter(|message| *message % 2 == 0).count();
    assert_eq!(dropped("panic every=2"), drawn.len() - even);
}
