// Keys, clocks, drafts and live news. Every page works without it.
"use strict";

(() => {
  const body = document.body;
  const startedMs = performance.now();
  const loadedUs = Number(body.dataset.nowUs);
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- clocks: the server's time, carried on by the browser's steady count --------------------------------
  let nowUs = () => loadedUs + (performance.now() - startedMs) * 1000;

  function lasting(us) {  // as words.lasting says it
    const s = Math.floor(us / 1e6);
    if (s >= 86400) return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
    if (s >= 3600) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    if (s >= 60) return `${Math.floor(s / 60)} min ${s % 60} s`;
    return `${s} s`;
  }

  function showClocks() {
    const now = nowUs();
    for (const clock of all("[data-due-us]")) {
      const due = Number(clock.dataset.dueUs);
      const late = now > due;
      const [left, until, lateFor] = [find(".left", clock), find(".soft", clock), find(".for", clock)];
      clock.classList.toggle("late", late);
      left.textContent = late ? "late since" : `${lasting(due - now)} left`;
      until.textContent = late ? " " : ", until ";
      lateFor.textContent = late ? ` (${lasting(now - due)})` : "";
    }
    const face = find("[data-face]");
    if (face) {
      const at = new Date(now / 1000);
      const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][at.getUTCMonth()];
      face.textContent = `${at.getUTCDate()} ${month} ${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)}`;
    }
  }
  showClocks();
  setInterval(showClocks, 1000);

  // --- drafts: what was typed is kept until it was taken --------------------------------------------------
  const SENT = "truceline sent";
  const draftOf = (field) => `truceline draft ${field.form.dataset.form} ${field.name}`;
  const drafted = () => all("form[data-form] [data-draft]");

  if (!("refused" in body.dataset)) {  // what was sent last was taken
    for (const name of JSON.parse(sessionStorage.getItem(SENT) || "[]")) sessionStorage.removeItem(name);
  }
  sessionStorage.removeItem(SENT);
  for (const field of drafted()) {
    const kept = sessionStorage.getItem(draftOf(field));
    if (kept !== null && !("refused" in body.dataset) && field.value !== kept) {
      field.value = kept;
      const folded = field.closest("details");
      if (folded && field.tagName === "TEXTAREA") folded.open = true;
    }
  }
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.form && field.form.dataset.form && "draft" in field.dataset) sessionStorage.setItem(draftOf(field), field.value);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = "1";
    if (form.dataset.form) sessionStorage.setItem(SENT, JSON.stringify(all("[data-draft]", form).map(draftOf)));
  });
  addEventListener("pageshow", () => all("form[data-busy]").forEach((form) => delete form.dataset.busy));
  const told = find("#refused");
  if (told) told.focus();

  // --- keys ----------------------------------------------------------------------------------------------------
  const typing = (target) => target.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");
  const follow = (selector) => { const link = find(selector); if (link) link.click(); return Boolean(link); };

  function send(id) {
    const form = find(`form#act-${id}`);
    if (form) form.requestSubmit();
    return Boolean(form);
  }

  function unfold(id) {
    const folded = find(`details#act-${id}`);
    if (!folded) return false;
    folded.open = true;
    const field = find("textarea, input:not([type=hidden]), select", folded);
    if (id === "reject" || !field) (field || find("summary", folded)).focus();
    else field.focus();
    return true;
  }

  function help() {
    const keys = find("#keys");
    if (!keys) return false;
    keys.open ? keys.close() : keys.showModal();
    return true;
  }

  const KEYS = {
    j: () => follow("main a[rel=next]"),
    k: () => follow("main a[rel=prev]"),
    c: () => send("confirm"),
    r: () => send("review"),
    f: () => send("finalise"),
    x: () => unfold("reject"),
    e: () => unfold("correct"),
    s: () => unfold("split"),
    m: () => unfold("merge"),
    u: () => follow("#news:not([hidden]) a"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target.form && target.form.method === "post") {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (event.key === "Escape" && target.closest("details[open]")) {
      const folded = target.closest("details");
      folded.open = false;
      find("summary", folded).focus();
    } else if (!event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(target) && !find("dialog[open]")) {
      if (KEYS[event.key] && KEYS[event.key]()) event.preventDefault();
    }
  });

  // --- live: one stream for all pages of this browser -------------------------------------------------------------
  const wanted = (body.dataset.live || "").split(" ").filter(Boolean);
  const signedIn = Boolean(find(".who form"));
  let coming = false;
  let again = false;

  const busy = () => all("main form[data-form]").some((form) =>
    all("textarea, input:not([type=hidden]), select", form).some((field) =>
      field === document.activeElement
      || (field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue && field.tagName !== "SELECT")));

  async function refresh() {
    if (coming) { again = true; return; }
    if (busy()) { find("#news-link").href = location.href; find("#news").hidden = false; return; }
    coming = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { "X-Truceline-Refresh": "1" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (busy()) { find("#news").hidden = false; return; }
      const focused = document.activeElement && document.activeElement.id;
      const unfolded = all("main details").map((each) => each.open);
      const loaded = Number(fresh.body.dataset.nowUs), atMs = performance.now();
      nowUs = () => loaded + (performance.now() - atMs) * 1000;
      const main = find("main");
      main.replaceChildren(...document.adoptNode(find("main", fresh)).childNodes);
      const folds = all("main details");
      if (folds.length === unfolded.length) folds.forEach((each, place) => { each.open = unfolded[place]; });
      if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
      showClocks();
    } catch {
      // the next news tries again
    } finally {
      coming = false;
      if (again) { again = false; refresh(); }
    }
  }

  function heard(kinds) {
    if (kinds.includes("reset") || kinds.some((kind) => wanted.includes(kind))) refresh();
  }

  function listen(tell) {
    const stream = new EventSource(`/stream?cursor=${body.dataset.cursor}`);
    stream.addEventListener("items", (event) => tell([...new Set(JSON.parse(event.data).items.map((item) => item.kind))]));
    stream.addEventListener("reset", () => tell(["reset"]));
    addEventListener("pagehide", () => stream.close());
    return stream;
  }

  if (wanted.length && signedIn) {
    if (navigator.locks && "BroadcastChannel" in window) {  // browsers open six connections to a host, and no more
      const channel = new BroadcastChannel("truceline news");
      channel.onmessage = (event) => heard(event.data);
      const lead = () => new Promise((release) => {
        listen((kinds) => { heard(kinds); channel.postMessage(kinds); });
        addEventListener("pagehide", () => release());
      });
      navigator.locks.request("truceline stream", { ifAvailable: true }, (lock) => {
        if (lock) return lead();
        refresh();  // another page listens: what it told before this one could hear
        navigator.locks.request("truceline stream", lead);
        return null;
      });
    } else {
      listen(heard);
    }
  }
})();
