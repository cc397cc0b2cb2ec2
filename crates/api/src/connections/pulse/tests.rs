//! When a connection has to leave, to the second: no sockets, and a clock that only the tests move.

use ippo_base::Timestamp;
use ippo_base::clock::SimClock;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn pulse() -> (Arc<Pulse>, SimClock) {
    let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
    (Arc::new(Pulse::new(Arc::new(clock.clone()))), clock)
}

/// How it has to leave after so much more time.
fn after(pulse: &Pulse, clock: &SimClock, time: Duration) -> Option<Leave> {
    clock.advance(time);
    pulse.look(pulse.clock.monotonic()).0
}

#[test]
fn a_first_request_has_its_time_whatever_else_comes() {
    let (pulse, clock) = pulse();
    for _ in 0..29 {
        assert_eq!(after(&pulse, &clock, SECOND), None);
        pulse.heard();
    }
    assert_eq!(after(&pulse, &clock, SECOND), Some(Leave::Soon));
    assert_eq!(after(&pulse, &clock, GRACE - SECOND), None);
    assert_eq!(after(&pulse, &clock, SECOND), Some(Leave::Now));
}

#[test]
fn it_stays_while_we_work_and_for_a_while_after() {
    let (pulse, clock) = pulse();
    let turn = pulse.begin(Version::HTTP_11);
    assert_eq!(after(&pulse, &clock, 100 * IDLE), None);
    drop(turn);
    assert_eq!(after(&pulse, &clock, IDLE - SECOND), None);
    let turn = pulse.begin(Version::HTTP_11);
    drop(turn);
    assert_eq!(after(&pulse, &clock, IDLE - SECOND), None);
    assert_eq!(after(&pulse, &clock, SECOND), Some(Leave::Soon));
}

#[test]
fn half_of_a_further_request_has_the_time_of_a_first_one() {
    let (pulse, clock) = pulse();
    drop(pulse.begin(Version::HTTP_11));
    assert_eq!(after(&pulse, &clock, SECOND), None);
    pulse.heard();
    assert_eq!(after(&pulse, &clock, HEAD - SECOND), None);
    pulse.heard();
    assert_eq!(after(&pulse, &clock, SECOND), Some(Leave::Soon));
}

#[test]
fn frames_of_http2_between_requests_are_no_half_requests() {
    let (pulse, clock) = pulse();
    drop(pulse.begin(Version::HTTP_2));
    pulse.heard();
    assert_eq!(after(&pulse, &clock, IDLE - SECOND), None);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_quiet_and_one_that_is_not_ready_is_not() {
    let (pulse, clock) = pulse();
    let (to, from) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(from));
    let mut body = pulse.begin(Version::HTTP_2).giving(body);
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut body).poll_frame(&mut context).is_pending());
    assert_eq!(after(&pulse, &clock, 100 * IDLE), None, "we have nothing yet");
    to.send(Ok(Bytes::from_static(b"1"))).await.expect("there is room");
    assert!(Pin::new(&mut body).poll_frame(&mut context).is_ready());
    assert_eq!(after(&pulse, &clock, HEAD - SECOND), None);
    assert_eq!(pulse.quiet(), None);
    assert_eq!(after(&pulse, &clock, SECOND), None);
    assert!(pulse.quiet().is_some(), "it may leave for another");
    assert_eq!(after(&pulse, &clock, IDLE - HEAD), Some(Leave::Soon));
}

#[test]
fn whoever_never_asked_leaves_first_and_whoever_is_worked_for_never() {
    let (asked, clock) = pulse();
    drop(asked.begin(Version::HTTP_11));
    clock.advance(IDLE / 2);
    let never = Pulse::new(Arc::new(clock.clone()));
    assert_eq!(never.quiet(), None, "it has just come");
    clock.advance(SETTLE);
    assert!(never.quiet() < asked.quiet());
    let turn = asked.begin(Version::HTTP_11);
    clock.advance(IDLE);
    assert_eq!(asked.quiet(), None);
    drop(turn);
    never.send_away();
    assert_eq!(never.quiet(), None, "once is enough");
    assert_eq!(after(&never, &clock, Duration::ZERO), Some(Leave::Now));
    asked.send_away();
    assert_eq!(after(&asked, &clock, Duration::ZERO), Some(Leave::Soon));
    let turn = asked.begin(Version::HTTP_11);
    assert_eq!(after(&asked, &clock, GRACE), None, "a request that came meanwhile is answered");
    drop(turn);
    assert_eq!(after(&asked, &clock, Duration::ZERO), Some(Leave::Now));
}
