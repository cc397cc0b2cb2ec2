//! What an alert carries: events that it is about, and what changed before.

use super::report::deploy;
use super::*;

#[tokio::test]
async fn a_page_carries_what_fails_and_what_changed_before() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(60, 100, 0).await;
    deploy(&world, "search").await;
    deploy(&world, "frontend").await;
    assert!(world.minutes(10, 0, 100).await.contains(&PAGE_FIRES.to_owned()));
    let mut connection = world.slos.state.read().await.expect("state works");
    let open = crate::incident::open_by_slo(&mut connection).await.expect("state works");
    let incident = ippo_state::incident::get(&mut connection, open["checkout"]).await.expect("it is open");
    let [example] = incident.examples.as_slice() else { panic!("each trace once: {:?}", incident.examples) };
    assert_eq!(example.text, "frontend GET /, 1 ms");
    let trace = "01".repeat(16);
    assert!(example.path.starts_with(&format!("/traces/{trace}?span=")), "{}", example.path);
    let changed = crate::incident::changed_before(&mut connection, &incident, 20).await.expect("reads");
    let told: Vec<(&str, bool)> =
        changed.iter().map(|change| (change.said.english.as_str(), change.is_own)).collect();
    assert_eq!(
        told,
        [("frontend 2 went out", true), ("SLO checkout was made", true), ("search 2 went out", false)]
    );
}
