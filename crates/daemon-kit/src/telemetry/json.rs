//! One JSON object per event: its own fields and those of its spans side by side, so that `request_id` and `job_id`
//! stand at the top of every line.

use std::{fmt, io};

use chrono::SecondsFormat;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter,
        format::{JsonFields, Writer},
    },
    registry::LookupSpan,
};

use crate::clock::Clock;

/// The event format; see the module.
pub(super) struct JsonLines {
    service: &'static str,
    clock: Clock,
}

impl JsonLines {
    pub(super) fn layer<S, W>(service: &'static str, writer: W) -> impl Layer<S> + Send + Sync + 'static
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Self { service, clock: Clock::system() })
            .with_writer(writer)
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        let metadata = event.metadata();
        let time = self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true);
        line.insert("timestamp".to_owned(), time.into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("service".to_owned(), self.service.into());
        line.insert("target".to_owned(), metadata.target().into());
        // From the outermost span inwards, the event last: the nearest value of a name wins.
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(fields) = serde_json::from_str::<Map<String, Value>>(&fields.fields)
            {
                line.extend(fields);
            }
        }
        event.record(&mut Fields(&mut line));
        serde_json::to_writer(Bytes(&mut writer), &line).map_err(|_| fmt::Error)?;
        writeln!(writer)
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// serde_json writes whole UTF-8 sequences; the formatter's writer takes text.
struct Bytes<'a, 'w>(&'a mut Writer<'w>);

impl io::Write for Bytes<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        fmt::Write::write_str(self.0, text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<Map<String, Value>> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::registry().with(JsonLines::layer("a-daemon", move || writer.clone()));
        tracing::subscriber::with_default(subscriber, log);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn ids_of_the_spans_stand_at_the_top_of_every_line() {
        let lines = lines(|| {
            let _job = tracing::info_span!("job", job_id = "fetch@1", attempt = 1).entered();
            let _call = tracing::info_span!("call", attempt = 2, api = "daily").entered();
            tracing::warn!(rows = 5_u64, share = 0.5, done = true, "said \"so\"\nand more");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let shown = |key: &str| line[key].to_string();
        assert_eq!(shown("service"), r#""a-daemon""#);
        assert_eq!(shown("level"), r#""WARN""#);
        assert_eq!(shown("message"), r#""said \"so\"\nand more""#);
        assert_eq!(shown("job_id"), r#""fetch@1""#);
        assert_eq!(shown("attempt"), "2", "the innermost span wins");
        assert_eq!((shown("rows"), shown("share"), shown("done")), ("5".into(), "0.5".into(), "true".into()));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn an_event_outside_any_span_is_a_line_too() {
        let lines = lines(|| tracing::info!("alone"));
        assert_eq!(lines[0]["message"], "alone");
    }
}
