-- What was recorded lately is asked for every minute, where spans are sampled.
CREATE INDEX timeline_recorded ON timeline (recorded_time);
