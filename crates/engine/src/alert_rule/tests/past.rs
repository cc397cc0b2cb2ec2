//! A rule that is tried against the past says what the engine did, and changes nothing.

use super::*;

impl World {
    async fn try_out(&self, text: &str, minutes: u64) -> Result<TryOut, RuleError> {
        let now = self.clock.now();
        let wish = TryOutFor {
            file: SourceFile { path: "try.yaml".to_owned(), text: text.to_owned() },
            name: None,
            range: TimeRange { from: now.minus(Duration::from_secs(60 * minutes)), to: now },
            time: Duration::from_secs(30),
        };
        self.rules.try_out(&wish, &self.shared_clock()).await
    }
}

#[tokio::test]
async fn a_rule_tried_against_the_past_fires_when_the_engine_did() {
    let world = World::with(&errors_above_five_percent()).await;
    let mut told = Vec::new();
    for (minutes, bad) in [(30, 0), (10, 20), (20, 0), (3, 50), (400, 1), (12, 9), (7, 0)] {
        told.extend(world.minutes(minutes, async |w| w.pays(100 - bad, bad).await).await);
    }
    let tried = world.try_out(&errors_above_five_percent(), 600).await.expect("good");
    let ended = tried.would.iter().filter(|would| would.to.is_some()).count();
    let count = |kind: &str| told.iter().filter(|line| line.contains(kind)).count();
    assert_eq!((tried.fired, ended), (count(" Firing:"), count(" Resolved:")), "{told:?} {:?}", tried.would);
    assert_eq!(tried.fired, 3);
    assert_eq!(tried.measured_minutes, 482);
    let of = |text: &str| told.iter().any(|line| line.ends_with(text));
    assert!(tried.would.iter().all(|would| of(&would.said.english)), "{told:?} {:?}", tried.would);
    assert_eq!(world.open().await.len(), 0, "trying opens no incident");
}

#[tokio::test]
async fn a_try_bounds_what_it_shows_and_says_how_often_it_was() {
    let world = World::with("").await;
    for _ in 0..60 {
        world.minutes(2, async |w| w.logs("pay", &["timeout"]).await).await;
        world.minutes(2, async |w| w.logs("pay", &["fine"]).await).await;
    }
    let text = rule("texts", "  resolveAfter: 1m\n  text: {contains: timeout, over: 1m}\n");
    let tried = world.try_out(&text, 600).await.expect("good");
    assert_eq!((tried.fired, tried.would.len()), (60, ippo_domain::alert_rule::EPISODES_SHOWN));
    assert_eq!(tried.firing_minutes, 120);
}

#[tokio::test]
async fn what_cannot_be_tried_is_said() {
    let world = World::with("").await;
    let Err(RuleError::Invalid(errors)) = world.try_out(PAGER, 60).await else { panic!("there is none") };
    assert!(errors[0].message.contains("no alert rule"), "{errors:?}");
    let two = errors_above_five_percent() + &rule("b", "  text: {contains: x}\n");
    let Err(RuleError::Invalid(errors)) = world.try_out(&two, 60).await else { panic!("which one?") };
    assert!(errors[0].message.contains("choose one by its name: errors, b"), "{errors:?}");
    let long = world.try_out(&errors_above_five_percent(), 60 * 24 * 40).await.expect_err("too long");
    assert!(long.to_string().contains("at most 31 days"), "{long}");
}
