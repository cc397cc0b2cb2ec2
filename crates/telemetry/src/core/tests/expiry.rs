//! Retention with crashes between any two steps: what is kept stays, and what expired goes.

use super::seeds;
use super::world::World;

#[test]
fn what_expired_goes_whenever_the_power_does_and_nothing_else() {
    let (mut forgotten, mut merges) = (0, 0);
    for seed in 8_000_000..8_000_000 + seeds(24) {
        let mut world = World::new(seed);
        for round in 0..2 {
            world.die_soon();
            world.live_and_forget(60);
            match (seed + round) % 2 == 0 || world.disk.is_dead() {
                true => world.crash(),
                false => world.restart(),
            }
            world.check_kept();
        }
        world.live_and_forget(30);
        if world.disk.is_dead() {
            world.crash();
        }
        forgotten += world.check_forgotten();
        merges += world.merges;
        world.crash();
        world.check_kept();
    }
    assert!(forgotten > 24 * 10 && merges > seeds(12), "{forgotten} are gone, {merges} merges");
}
