// Renews the live parts of a page, asks before what cannot be taken back, and sends no form twice.
"use strict";

(() => {
  const chinese = document.documentElement.lang.startsWith("zh");
  const say = (en, zh) => (chinese ? zh : en);

  const busy = (part) => {
    const selection = document.getSelection();
    const selected = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    return selected || (document.activeElement !== document.body && part.contains(document.activeElement));
  };

  // What was unfolded stays so.
  const open = (part) => [...part.querySelectorAll("details[id][open]")].map((details) => details.id);

  const renew = async (part) => {
    if (document.hidden || busy(part)) return;
    const limit = AbortSignal.timeout(10000);
    const answer = await fetch(part.dataset.live, { headers: { "x-console-live": "1" }, signal: limit });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (busy(part)) return;
    delete part.dataset.stale;
    if (part.dataset.shown === text) return;
    const kept = open(part);
    part.innerHTML = text;
    part.dataset.shown = text;
    kept.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    part.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
  };

  const follow = (part) => {
    const every = Math.max(1, Number(part.dataset.every)) * 1000;
    const turn = async () => {
      try {
        await renew(part);
      } catch {
        part.dataset.stale = say("not up to date: the daemon does not answer", "数据未更新：服务无响应");
      }
      setTimeout(turn, every);
    };
    setTimeout(turn, every);
  };

  document.querySelectorAll("[data-live]").forEach(follow);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !confirm(form.dataset.confirm)) return event.preventDefault();
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
  });

  // Back from the browser's memory, a form may be sent again.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
