//! Forecasts over a real store: what was counted is replayed, and nothing is foretold of what nobody counted.

use super::*;

/// Each minute of `hours` some requests, in every third hour some that fail; with a tick, so that ippo is known to be up.
async fn hours(world: &World, hours: u32) {
    for minute in 0..hours * 60 {
        let bad = usize::from(minute / 60 % 3 == 2 && minute % 60 < 10);
        world.requests(9, bad).await;
        world.tick().await;
        world.clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn what_was_counted_is_replayed() {
    let world = World::new().await;
    world.apply(&CHECKOUT.replace("0.999", "0.9")).await.expect("right");
    let told = world.slos.forecast("checkout", None, world.clock.now()).await.expect("defined");
    assert_eq!(told.forecast, None, "nothing was");

    hours(&world, 15).await;
    let now = world.clock.now();
    let told = world.slos.forecast("checkout", None, now).await.expect("defined");
    assert_eq!(told.warnings, Vec::<String>::new());
    let forecast = told.forecast.expect("half a day is known");
    let left =
        world.slos.show("checkout", now).await.expect("defined").status.objectives[0].windows[0].budget;
    assert_eq!(forecast.points[0].middle, left.expect("counted").remaining);
    assert_eq!(forecast.points[0].time, now);
    // A quarter of fifteen hours, by the hour.
    assert_eq!(forecast.points.len(), 1 + 3);
    let next = forecast.points[1];
    assert!(next.low < next.middle && next.middle <= next.high, "one hour in three was bad: {next:?}");
    assert!(!forecast.turn.is_spent);
}

#[tokio::test]
async fn what_is_not_there_is_not_foretold() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("right");
    let now = world.clock.now();
    assert!(matches!(world.slos.forecast("cart", None, now).await, Err(SloError::Unknown(_))));
    assert!(world.slos.forecast("checkout", Some(1), now).await.is_err());
}
