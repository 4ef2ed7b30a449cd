//! A question of one request.

use crate::{
    Clock, RawPage,
    inquiry::{Doubt, Inquiry},
    pool::{Fault, Lease},
    question::Question,
    wire::WireError,
};

/// One request, how to read its answer, and when not to believe it at once.
pub(super) struct Single<R, D> {
    pub(super) question: Question,
    /// Whose data, for errors.
    pub(super) subject: String,
    pub(super) clock: Clock,
    /// Reads the body.
    pub(super) read: R,
    /// What is doubtful about value and body.
    pub(super) doubt: D,
}

/// What an answer says, the page to keep, and whether a second server should confirm it.
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) page: RawPage,
    doubt: Option<Doubt>,
}

impl<T, R, D> Inquiry for Single<R, D>
where
    T: Send,
    R: Fn(&[u8]) -> Result<T, WireError> + Sync,
    D: Fn(&T, &[u8]) -> Option<Doubt> + Sync,
{
    type Answer = Said<T>;

    fn dataset(&self) -> &'static str {
        self.question.dataset
    }

    fn subject(&self) -> String {
        self.subject.clone()
    }

    async fn ask(&self, lease: &mut Lease) -> Result<Self::Answer, Fault> {
        let read = |body: &[u8]| {
            let value = (self.read)(body)?;
            let doubt = (self.doubt)(&value, body);
            Ok((value, doubt))
        };
        let ((value, doubt), page) = self.question.put(lease, &self.clock, read).await?;
        Ok(Said { value, page, doubt })
    }

    fn doubt(&self, answer: &Self::Answer) -> Option<Doubt> {
        answer.doubt
    }
}

/// For answers where nothing is never surprising.
pub(super) fn never<T>(_: &T, _: &[u8]) -> Option<Doubt> {
    None
}
