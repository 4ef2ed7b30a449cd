//! Images, recordings, films and files among the texts of a body.

use super::{
    fields::{Field, unescape},
    walk::Event,
};

/// Finds attachments along the walk, by their keys and where these stand.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    pub(super) count: u64,
    /// The most tokens that they can be.
    pub(super) bound: u64,
    /// About as many.
    pub(super) estimate: u64,
    /// The key that was met last says that one comes.
    announced: Option<Kind>,
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    kind: Kind,
    /// How deep it begins.
    depth: u32,
    /// Each of its items is one.
    is_list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Audio,
    Video,
    File,
}

impl Kind {
    fn of(key: &str) -> Option<Self> {
        match key {
            "image_url" | "image" | "input_image" => Some(Self::Image),
            "input_audio" | "audio_url" | "audio" => Some(Self::Audio),
            "video_url" | "video" | "input_video" => Some(Self::Video),
            "file" | "file_url" | "input_file" => Some(Self::File),
            _ => None,
        }
    }

    /// The most tokens that known providers make of one, and about as many as usual. Qwen-VL cuts an image down to
    /// 16,384; a recording has 25 for each second; films and files end with the context.
    const fn tokens(self) -> (u64, u64) {
        match self {
            Self::Image => (16_384, 1_000),
            Self::Audio => (32_768, 1_500),
            Self::Video => (131_072, 8_000),
            Self::File => (131_072, 4_000),
        }
    }
}

impl Attachments {
    /// Takes what the walk met, `depth` containers deep. Says whether it is the payload of one, which is no text of the
    /// prompt.
    pub(super) fn see(&mut self, event: Event<'_>, field: Field, depth: u32) -> bool {
        if let Some(inside) = &self.inside
            && depth == inside.depth + 1
            && matches!(event, Event::End)
        {
            self.inside = None;
            return false;
        }
        if let Some(inside) = &self.inside {
            let kind = inside.kind;
            if inside.is_list && depth == inside.depth + 1 && matches!(event, Event::String(_) | Event::ObjectStart) {
                self.add(kind);
            }
            // A file may be a text, which its bytes bound as well as any.
            return kind != Kind::File;
        }
        if let Event::Key(text) = event {
            self.announced = if is_place(field, depth) { Kind::of(&unescape(text)) } else { None };
            return false;
        }
        let Some(kind) = self.announced.take() else { return false };
        match event {
            Event::String(_) => {
                self.add(kind);
                return kind != Kind::File;
            }
            Event::ObjectStart => {
                self.add(kind);
                self.inside = Some(Inside { kind, depth, is_list: false });
            }
            Event::ArrayStart => {
                // Frames of a film.
                let kind = if kind == Kind::Video { Kind::Image } else { kind };
                self.inside = Some(Inside { kind, depth, is_list: true });
            }
            _ => {}
        }
        false
    }

    fn add(&mut self, kind: Kind) {
        let (bound, estimate) = kind.tokens();
        self.count += 1;
        self.bound += bound;
        self.estimate += estimate;
    }
}

/// Where attachments are announced: in a part of a message's content, in an item of an embedding's input or among a
/// rerank's documents, in its query. The same words elsewhere (the properties of a tool) mean nothing.
fn is_place(field: Field, depth: u32) -> bool {
    match field {
        Field::Messages => depth == 5,
        Field::Input | Field::Documents => depth == 2 || depth == 3,
        Field::Query => depth == 2,
        _ => false,
    }
}
