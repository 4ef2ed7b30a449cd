// Shows what is asked for, and sends Telegram's proof of who confirms it: only when the button is pressed, so that a link
// from a stranger does nothing by being opened.
"use strict";

const TEXTS = {
  en: {
    title: "Confirm who you are",
    claim: (o) => `You are about to become the owner of the profile “${o.profile}”.`,
    transfer: (o) => `The profile “${o.profile}” is to go from ${o.from} to ${o.to}. Both have to confirm.`,
    login: () => "You are about to log in to the profile registry.",
    warning: "Confirm only if you have just started this yourself and your terminal shows the same code.",
    confirm: "Confirm",
    sending: "Sending…",
    done: "Done. You can close this window; your terminal goes on.",
    half: "You have confirmed. The other side has to confirm too.",
    ended: "This has been confirmed or has ended already.",
    refused: (reason) => `Refused: ${reason}`,
    failed: (reason) => `That did not work: ${reason}`,
    outside: "Open this page in Telegram, by the link that your terminal shows.",
    offline: "the registry cannot be reached",
  },
  zh: {
    title: "确认身份",
    claim: (o) => `你即将成为配置档“${o.profile}”的所有者。`,
    transfer: (o) => `配置档“${o.profile}”将由 ${o.from} 转让给 ${o.to}，需要双方确认。`,
    login: () => "你即将登录配置档注册中心。",
    warning: "只有当这是你本人刚刚发起的操作，并且终端显示相同的代码时，才可以确认。",
    confirm: "确认",
    sending: "正在提交……",
    done: "已完成。可以关闭此窗口，终端会自动继续。",
    half: "你已确认，还需对方确认。",
    ended: "该操作已确认或已结束。",
    refused: (reason) => `被拒绝：${reason}`,
    failed: (reason) => `操作失败：${reason}`,
    outside: "请通过终端显示的链接在 Telegram 中打开此页面。",
    offline: "无法连接注册中心",
  },
};

const app = window.Telegram && window.Telegram.WebApp;
const launch = (app && app.initDataUnsafe) || {};
const language = (launch.user && launch.user.language_code) || navigator.language || "en";
const texts = language.toLowerCase().startsWith("zh") ? TEXTS.zh : TEXTS.en;
document.documentElement.lang = texts === TEXTS.zh ? "zh" : "en";

const part = (id) => document.getElementById(id);

function show(id, text) {
  part(id).textContent = text;
  part(id).hidden = false;
}

function tell(text, failed) {
  part("result").className = failed ? "failed" : "";
  show("result", text);
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(texts.offline);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.detail || body.title || String(response.status));
  }
  return body;
}

function tellState(operation) {
  if (operation.state === "done") {
    tell(texts.done, false);
  } else if (operation.state === "refused") {
    tell(texts.refused(operation.reason), true);
  } else {
    tell(texts.half, false);
  }
}

async function begin() {
  part("title").textContent = texts.title;
  const id = launch.start_param;
  if (!app || !app.initData || !/^[0-9a-f]{32}$/.test(id || "")) {
    tell(texts.outside, true);
    return;
  }
  app.ready();
  const path = `../operations/${id}/telegram`;
  const operation = await ask(path);
  show("what", texts[operation.kind](operation));
  if (operation.state !== "open") {
    tell(texts.ended, false);
    return;
  }
  show("code", operation.code);
  show("warning", texts.warning);
  show("confirm", texts.confirm);
  part("confirm").addEventListener("click", async () => {
    part("confirm").disabled = true;
    tell(texts.sending, false);
    try {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ init_data: app.initData });
      tellState(await ask(path, { method: "POST", headers, body }));
      part("confirm").hidden = true;
    } catch (error) {
      part("confirm").disabled = false;
      tell(texts.failed(error.message), true);
    }
  });
}

begin().catch((error) => tell(texts.failed(error.message), true));
