// Every text of the page, in both languages, and the small ways of writing times.

const WORDS = {
  en: {
    skip: "Skip to the phones", title: "Sandbox", fictional: "Fictional data only", faults: "Faults",
    otherLanguage: "中文", phoneOf: "Phone of {name}", chatOf: "Chat of {name} with {bot}",
    write: "Message", send: "Send", more: "More", commands: "Commands", start: "Start",
    offline: "offline", blocked: "blocked", gone: "account deleted", online: "online",
    offlineBanner: "No network: texts wait, presses fail.",
    blockedBanner: "This person has blocked the bot.", goneBanner: "This account no longer exists.",
    unblock: "Unblock", block: "Block the bot", goOffline: "Go offline", goOnline: "Back online",
    shareContact: "Share my number", shareLocation: "Share a place", sendPhoto: "Send a photo",
    sendDocument: "Send a document", sendVoice: "Send a voice message", deleteAccount: "Delete the account",
    sureDelete: "Delete the account of {name}? It cannot be undone.",
    edited: "edited", editedTimes: "edited {count}×", silent: "silent", deleted: "Message deleted",
    waiting: "waits for the network", unread: "{count} unread", typing: "is writing…",
    replyTo: "Reply", cancelReply: "Do not reply", photo: "Photo", document: "Document", voice: "Voice message", contact: "Contact", location: "Place",
    empty: "Nothing here yet.", nobody: "No phones yet. Add the first one.",
    addPhone: "Add a phone", name: "Name", phoneNumber: "Phone number", language: "Language",
    english: "English", chinese: "中文", add: "Add", cancel: "Cancel", close: "Close",
    clock: "Clock", minutes10: "+10 min", hour: "+1 h", day: "+1 day", next: "Next", nextHint: "To the next thing that falls due",
    moving: "Moving…", nothingDue: "Nothing is due.", ahead: "{span} ahead",
    lost: "The sandbox does not answer.",
    faultsTitle: "What goes wrong", faultFor: "For", everybody: "everybody", howOften: "How often", once: "once", always: "until switched off",
    hits: "{count} hit", clearAll: "Clear all",
    rates: "Telegram's rates", ratesHint: "30 messages/s overall, 1/s in a chat, 20/min in a group",
    flood: "Too many requests", floodHint: "429, try again in 3 s",
    forbidden: "Bot was blocked", forbiddenHint: "403 to every message",
    restart: "Telegram restarts", restartHint: "500 Internal Server Error",
    bad_gateway: "Bad gateway", bad_gatewayHint: "502 with an HTML page",
    delay: "Slow network", delayHint: "every answer 1 s late",
    dropped: "Delivered, answer lost", droppedHint: "the connection is cut after the message arrived",
    hang: "Never received", hangHint: "no effect, no answer",
    duplicate_update: "Update comes twice", duplicate_updateHint: "the next text or press, again",
    stale_callback: "Press too old", stale_callbackHint: "the answer to a press is refused",
    second_poller: "Second poller", second_pollerHint: "409 to getUpdates",
  },
  zh: {
    skip: "跳到手机", title: "沙盒", fictional: "仅限虚构数据", faults: "故障",
    otherLanguage: "English", phoneOf: "{name}的手机", chatOf: "{name}与{bot}的对话",
    write: "消息", send: "发送", more: "更多", commands: "命令", start: "开始",
    offline: "离线", blocked: "已屏蔽", gone: "账号已注销", online: "在线",
    offlineBanner: "没有网络:文字先等待,按钮无效。",
    blockedBanner: "此人已屏蔽机器人。", goneBanner: "此账号已不存在。",
    unblock: "解除屏蔽", block: "屏蔽机器人", goOffline: "断开网络", goOnline: "恢复网络",
    shareContact: "发送我的号码", shareLocation: "发送位置", sendPhoto: "发送照片",
    sendDocument: "发送文件", sendVoice: "发送语音", deleteAccount: "注销账号",
    sureDelete: "注销{name}的账号?此操作无法撤销。",
    edited: "已编辑", editedTimes: "已编辑 {count} 次", silent: "静音", deleted: "消息已删除",
    waiting: "等待网络", unread: "{count} 条未读", typing: "正在输入…",
    replyTo: "回复", cancelReply: "取消回复", photo: "照片", document: "文件", voice: "语音", contact: "名片", location: "位置",
    empty: "还没有消息。", nobody: "还没有手机,请添加第一部。",
    addPhone: "添加手机", name: "姓名", phoneNumber: "手机号", language: "语言",
    english: "English", chinese: "中文", add: "添加", cancel: "取消", close: "关闭",
    clock: "时钟", minutes10: "+10 分钟", hour: "+1 小时", day: "+1 天", next: "下一件", nextHint: "前进到下一件到期的事",
    moving: "前进中…", nothingDue: "没有到期的事。", ahead: "快 {span}",
    lost: "沙盒没有回应。",
    faultsTitle: "出什么错", faultFor: "对象", everybody: "所有人", howOften: "次数", once: "一次", always: "直到关闭",
    hits: "命中 {count} 次", clearAll: "全部清除",
    rates: "Telegram 限速", ratesHint: "总计每秒 30 条,每个对话每秒 1 条,群每分钟 20 条",
    flood: "请求过多", floodHint: "429:3 秒后重试",
    forbidden: "被用户屏蔽", forbiddenHint: "每条消息都得到 403",
    restart: "Telegram 重启", restartHint: "500 内部错误",
    bad_gateway: "网关错误", bad_gatewayHint: "502 和一个 HTML 页面",
    delay: "网络慢", delayHint: "每个回答晚 1 秒",
    dropped: "已送达,回答丢失", droppedHint: "消息到达后连接断开",
    hang: "从未收到", hangHint: "没有效果,也没有回答",
    duplicate_update: "更新来两次", duplicate_updateHint: "下一条文字或按钮再来一次",
    stale_callback: "按钮过期", stale_callbackHint: "对按钮的回答被拒绝",
    second_poller: "第二个轮询者", second_pollerHint: "getUpdates 得到 409",
  },
};

/** The browser's language if we speak it, else English. */
export function browserLanguage() {
  return (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** A text in a language; {name} is filled in. */
export function word(language, key, values = {}) {
  const text = (WORDS[language] || WORDS.en)[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const locale = (language) => (language === "zh" ? "zh-CN" : "en-GB");
let timeZone;

/** Times are shown in this zone (its IANA name) from now on; at first in the browser's. */
export function setTimeZone(name) {
  timeZone = name;
}

export function timeOfDay(language, iso) {
  return new Intl.DateTimeFormat(locale(language), { hour: "2-digit", minute: "2-digit", hour12: false, timeZone }).format(new Date(iso));
}

export function dayName(language, iso) {
  return new Intl.DateTimeFormat(locale(language), { weekday: "short", day: "numeric", month: "short", timeZone }).format(new Date(iso));
}

/** "2 d 3 h" for seconds. */
export function span(language, seconds) {
  const units = language === "zh" ? [["天", 86400], ["小时", 3600], ["分钟", 60]] : [["d", 86400], ["h", 3600], ["min", 60]];
  const parts = [];
  let rest = Math.round(seconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count) parts.push(`${count} ${name}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join(" ") || (language === "zh" ? "不到 1 分钟" : "under 1 min");
}
