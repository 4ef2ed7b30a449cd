//! `/console/channels/{name}`: all that is known of one channel, and what may be done about it.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use gateway_ledger::RequestFilter;
use maud::html;
use operator_console::{Page, Visit, ui};
use route_policy::Subject;

use super::{
    audit, channel_cells as cells, channel_forms as forms, channel_now as now, mount::Pages, query::href, requests,
};
use crate::{
    admin::{problem, unknown_channel},
    channels::Seen,
};

const EVERY_S: u32 = 3;
/// Lines of the lists at the end.
const LATEST: usize = 10;

/// One channel.
pub(super) async fn page(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, Problem> {
    let language = visit.language;
    let seen = pages.channels.look_at(&pages.gateway, &name).ok_or_else(|| unknown_channel(&pages.channels, &name))?;
    let entries = pages.gateway.ledger.audit_about(subjects(&seen), LATEST).await.map_err(problem)?;
    let filter = RequestFilter { channel: Some(name.clone()), ..RequestFilter::default() };
    let latest = pages.gateway.ledger.latest_requests(filter, LATEST).await.map_err(problem)?;
    let more = href("/console/requests", &[("channel", &name)]);
    let changes = href("/console/audit", &[("subject", &name)]);
    let body = html! {
        (ui::live(&format!("/console/live/channels/{name}"), EVERY_S, now::panel(&visit, &seen)))
        (forms::panel(&visit, &seen))
        (forms::definition(language, &seen))
        (ui::panel(language.say("Changes and events", "变更与事件"), html! {
            (audit::table(language, &entries))
            p { a href=(changes) { (language.say("All changes by operators", "全部操作记录")) } }
        }))
        (ui::panel(language.say("Latest requests", "最近请求"), html! {
            (requests::table(language, &latest))
            p { a href=(more) { (language.say("All requests that asked it", "全部相关请求")) } }
        }))
    };
    let lead = html! { (cells::state(language, &seen)) " " (cells::key(language, &seen)) };
    let title = match language {
        operator_console::Language::English => format!("Channel {name}"),
        operator_console::Language::Chinese => format!("渠道 {name}"),
    };
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

/// What of it renews itself.
pub(super) async fn live(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, Problem> {
    let seen = pages.channels.look_at(&pages.gateway, &name).ok_or_else(|| unknown_channel(&pages.channels, &name))?;
    Ok(visit.fragment(now::panel(&visit, &seen)))
}

/// What entries of the audit log may be about, for this channel: changes have its name, events what rests or recovers.
fn subjects(seen: &Seen) -> Vec<String> {
    let (channel, account) = (seen.known.name.as_str(), seen.account());
    let mut subjects = vec![
        channel.to_owned(),
        Subject::Channel(channel.into()).to_string(),
        Subject::Account(account.into()).to_string(),
    ];
    for offer in seen.known.usable.iter().flat_map(|usable| &usable.spec.models) {
        let model = offer.upstream.clone();
        subjects.push(Subject::ChannelModel { channel: channel.into(), model: model.clone() }.to_string());
        subjects.push(Subject::AccountModel { account: account.into(), model }.to_string());
    }
    subjects
}
