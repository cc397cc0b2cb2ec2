//! Reads server-sent events out of bytes as they come
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>).

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// Its name; empty for one without.
    pub(super) name: String,
    /// What it says.
    pub(super) data: String,
}

/// What came and is not a whole line yet, and the event that its lines make.
#[derive(Debug, Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    event: Event,
}

impl Events {
    /// The events that these bytes complete. Comments are none.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(bytes);
        let mut complete = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            complete.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        complete
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != Event::default()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = ": following\n\nevent: logs\ndata: {\"a\":\ndata: \"支\"}\n\n: nothing new\n\nevent: end\r\ndata: {}\r\n\r\n";
        let wanted = [
            Event { name: "logs".to_owned(), data: "{\"a\":\n\"支\"}".to_owned() },
            Event { name: "end".to_owned(), data: "{}".to_owned() },
        ];
        for size in [1, 2, 3, 7, 1000] {
            let mut events = Events::default();
            let read: Vec<Event> = text.as_bytes().chunks(size).flat_map(|part| events.read(part)).collect();
            assert_eq!(read, wanted, "in parts of {size}");
        }
    }
}
