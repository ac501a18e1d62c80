/* OMO – small behaviours, found by data attributes. Every page works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const on = (type, act, options) => document.addEventListener(type, act, options);

  /* One persistent status line speaks for the whole page. */
  const say = (text) => {
    const line = find("#status");
    if (!line || !text) return;
    line.textContent = "";
    setTimeout(() => { line.textContent = text; }, 60);
  };
  on("omo:say", (event) => say(event.detail));

  const zone = () => find("[data-clock]")?.dataset.clock || undefined;
  const clock = (seconds) => {
    const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone() };
    if (seconds) shape.second = "2-digit";
    try {
      return new Intl.DateTimeFormat("en-GB", shape).format(new Date());
    } catch {
      return new Date().toTimeString().slice(0, seconds ? 8 : 5);
    }
  };
  const tick = () => all("[data-clock]").forEach((face) => {
    const now = clock(false);
    if (face.textContent !== now) face.textContent = now;
  });

  /* Forms: a second press does nothing, the button shows that the first is on its way. */
  const release = (form) => {
    delete form.dataset.sent;
    all("[aria-busy=true]", form).forEach((button) => button.removeAttribute("aria-busy"));
    all(`[form="${form.id}"][aria-busy=true]`).forEach((button) => button.removeAttribute("aria-busy"));
  };
  const HTMX = "[data-hx-post], [hx-post]";
  on("submit", (event) => {
    const form = event.target;
    const hold = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (form.dataset.sent) return hold();
    [...pending.keys()].forEach((other) => { if (other.action === form.action) forget(other); });     /* this says it anew */
    if (!pending.size || form.matches(HTMX) || event.submitter?.matches(HTMX)) return;
    hold();
    const { submitter } = event;
    sendPending().then(() => form.requestSubmit(submitter));
  }, true);
  on("submit", (event) => {
    const form = event.target;
    const byHtmx = form.matches(HTMX) || Boolean(event.submitter?.matches(HTMX));
    if (form.method !== "post" || form.target || form.dataset.busy === "off" || (event.defaultPrevented && !byHtmx)) return;
    form.dataset.sent = "yes";
    const button = event.submitter || find("button:not([type=button]), input[type=submit]", form);
    button?.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 10000);          /* a lost network must not lock the form; the server drops repeats */
  });
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach(release);
    all("[data-camera]").forEach((field) => { field.disabled = false; });
  });
  on("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });

  /* What is typed is repeated where it is decided. */
  const echo = () => all("[data-echo]").forEach((place) => {
    place.textContent = place.dataset.echo.split(" ").map((name) => find(`[name="${name}"]`)?.value.trim()).filter(Boolean).join(", ");
  });
  on("input", echo);
  window.addEventListener("pageshow", echo);

  /* Numbers that send themselves: each form has its own pause, one is under way at a time, and nobody's answer or way out drops another's. */
  const pending = new Map();                         /* form → its timer, 0 when the pause is over */
  let underWay = 0;
  const forget = (form) => {
    clearTimeout(pending.get(form));
    pending.delete(form);
  };
  const sendNext = () => {
    const form = underWay ? null : [...pending.keys()].find((one) => pending.get(one) === 0);
    if (!form) return;
    forget(form);
    form.requestSubmit();
  };
  const send = ({ form }, after = 0) => {
    if (!form) return;
    forget(form);
    pending.set(form, setTimeout(() => { pending.set(form, 0); sendNext(); }, after));
  };
  const sendPending = async () => {                  /* before another page is opened */
    const changes = [...pending.keys()].map((form) => [form.action, new FormData(form)]);
    [...pending.keys()].forEach(forget);
    for (const [action, body] of changes) {
      await fetch(action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(5000) }).catch(() => {});
    }
  };
  on("htmx:beforeSend", ({ detail }) => {
    underWay += 1;
    detail.xhr.addEventListener("loadend", () => { underWay -= 1; sendNext(); });
  });

  /* An answer waits for what it would wipe out, and one that does not hold the part it is for is another page (the session ended): open that. */
  on("htmx:beforeSwap", ({ detail }) => {
    const { target } = detail;
    if (!detail.shouldSwap) return;
    const answer = new DOMParser().parseFromString(detail.serverResponse, "text/html");
    if (target.id && !answer.getElementById(target.id)) {
      detail.shouldSwap = false;
      window.location.reload();
    } else if ([...pending.keys()].some((form) => target.contains(form))) detail.shouldSwap = false;
  });

  /* What could not be saved, or was not answered, says so. */
  const trouble = (words) => {
    const note = find("#trouble");
    if (!note) return;
    note.hidden = !words;
    find("div", note).textContent = words ? note.dataset[words] : "";
  };
  const failed = (why) => ({ detail }) => trouble((detail.requestConfig?.verb === "get" ? "asked" : "saved") + why);
  on("htmx:beforeSend", () => trouble(""));
  on("htmx:responseError", failed("Refused"));
  ["htmx:sendError", "htmx:timeout"].forEach((type) => on(type, failed("Offline")));

  on("change", (event) => {
    const field = event.target;
    if (field.matches("[data-submit-on-change]") && field.reportValidity()) send(field);
    if (field.matches("input[type=file][data-camera]") && field.files.length) readPicture(field);
  });

  /* A picture of a code: read on the phone where it can, else the server reads it, as it does with what is not one of our codes. */
  const OURS = /^(https?:\/\/[^/]+\/q\/)?[0-9a-z]{10}(\.[0-9a-z]{4,32})?\/?$/i;
  const readPicture = async (field) => {
    const text = field.form.elements[field.form.dataset.cameraText];
    if (text && "BarcodeDetector" in window) {
      try {
        const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(field.files[0]));
        const code = found.find(({ rawValue }) => OURS.test(rawValue.trim()));
        text.value = code ? code.rawValue : "";
        field.disabled = Boolean(code);              /* the picture stays here */
      } catch { /* the server reads the picture instead */ }
    }
    say("Reading the code");
    field.form.requestSubmit();
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return say("Copying is not allowed here. Select the text and copy it.");
    }
    const words = find("span", button) || button;
    const before = words.textContent;
    words.textContent = "Copied";
    say("Copied");
    setTimeout(() => { words.textContent = before; }, 2000);
  };

  /* Sharing by the phone's own list of ways, where it has one. */
  if ("share" in navigator) root.classList.add("shares");
  const share = (button) => navigator.share({ url: button.dataset.share, title: button.dataset.shareTitle })
    .catch((failure) => { if (failure.name !== "AbortError") say("Sharing does not work here. Copy the address."); });

  /* Steppers: − and + beside a number field; the field itself stays. */
  const step = (button) => {
    const field = find("input", button.parentElement);
    field[button.dataset.step === "up" ? "stepUp" : "stepDown"]();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (field.matches("[data-submit-on-change]")) send(field, 500);
    else field.dispatchEvent(new Event("change", { bubbles: true }));
    say(field.value);
  };
  const enhanceSteppers = () => all("input[type=number][data-stepper]").forEach((field) => {
    if (field.parentElement.matches(".steps")) return;
    const box = Object.assign(document.createElement("span"), { className: "steps" });
    const button = (way, sign, label) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
      if (field.id) made.id = `${field.id}-${way}`;
      made.dataset.step = way;
      made.setAttribute("aria-label", label);
      return made;
    };
    field.replaceWith(box);
    box.append(button("down", "−", field.dataset.less || "One less"), field, button("up", "+", field.dataset.more || "One more"));
  });

  on("click", (event) => {
    const button = event.target.closest?.("button, a");
    if (!button) return;
    if (button.matches("[data-print]")) window.print();
    else if (button.matches("[data-copy]")) copy(button);
    else if (button.matches("[data-share]")) share(button);
    else if (button.matches("[data-step]")) step(button);
    else if (pending.size && button.matches("a[href]:not([target])") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      sendPending().then(() => window.location.assign(button.href));
    }
  });
  on("keydown", (event) => {
    const menu = event.key === "Escape" && find("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    find("summary", menu).focus();
  });

  /* A card that came or changed lane glows for a moment. */
  const lanes = () => new Map(all("[data-key]").map((card) => [card.dataset.key, card.closest("[data-lane]")?.dataset.lane]));
  const glow = (before) => {
    if (!before.size) return;
    all("[data-key]").forEach((card) => {
      const lane = card.closest("[data-lane]")?.dataset.lane;
      if (before.get(card.dataset.key) === lane && before.has(card.dataset.key)) return;
      card.classList.add("moved");
      card.addEventListener("animationend", () => card.classList.remove("moved"), { once: true });
    });
  };
  let lanesBefore = new Map();
  let focusBefore = "";
  on("htmx:beforeSwap", () => { lanesBefore = lanes(); focusBefore = document.activeElement?.id; });
  on("htmx:afterSettle", (event) => {
    glow(lanesBefore);
    settle(event.target);
    if (focusBefore && document.activeElement === document.body) document.getElementById(focusBefore)?.focus({ preventScroll: true });
  });

  const settle = () => {
    enhanceSteppers();
    find("[data-error-summary]:not([data-seen])")?.focus();
    all("[data-error-summary]").forEach((summary) => { summary.dataset.seen = "yes"; });
  };

  /* Polling: quick while the page is seen and used, slow else, slower still when the server is in trouble. */
  const QUICK = 3000, SLOW = 60000, QUOTA = 20, STALE = 30000;
  const focusables = "a[href], button, input, select, textarea, summary, [tabindex]";
  let pressed = false;

  const remember = (old) => {
    const active = document.activeElement;
    if (!active || !old.contains(active)) return () => {};
    const card = active.closest("[data-key]");
    const place = all(focusables, card || old).indexOf(active);
    const { id } = active;
    const key = card?.dataset.key;
    return (fresh) => {
      const scope = key ? find(`[data-key="${CSS.escape(key)}"]`, fresh) : fresh;
      const again = (id && document.getElementById(id)) || (scope && all(focusables, scope)[place]);
      again?.focus({ preventScroll: true });
    };
  };

  const swap = (id, text, version) => {
    const old = document.getElementById(id);
    const made = document.createElement("template");
    made.innerHTML = text;
    const open = all("details[open][id]", old).map((details) => details.id);
    const refocus = remember(old);
    const before = lanes();
    let fresh = made.content.getElementById(id);
    if (fresh) old.replaceWith(fresh);
    else {
      old.replaceChildren(made.content);
      fresh = old;
    }
    if (version) fresh.dataset.pollVersion = version;
    open.forEach((name) => { const details = document.getElementById(name); if (details) details.open = true; });
    window.htmx?.process(fresh);
    refocus(fresh);
    glow(before);
    settle();
    say(fresh.dataset.announce);
    fresh.dispatchEvent(new CustomEvent("omo:swapped", { bubbles: true }));
  };

  const busyWithIt = (element) => pressed || (element.contains(document.activeElement)
    && document.activeElement.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])"));

  const watch = (first) => {
    const { id } = first;
    const state = { quick: QUOTA, fails: 0, answered: Date.now(), asked: 0, timer: 0, asking: false, done: false };
    const plan = () => {
      const seen = document.visibilityState === "visible" && state.quick > 0;
      const wait = state.fails ? Math.min(SLOW, QUICK * 2 ** state.fails) : seen ? QUICK : SLOW;
      clearTimeout(state.timer);
      if (!state.done) state.timer = setTimeout(round, wait * (0.8 + Math.random() * 0.4));
    };
    const show = () => {
      const stale = state.fails > 0 && Date.now() - state.answered > STALE;
      all("[data-poll-stale]").forEach((note) => {
        if (note.hidden === stale) {
          note.hidden = !stale;
          if (stale) say(note.textContent.trim());
        }
      });
    };
    const answer = async (response) => {
      if (response.type === "opaqueredirect") { state.done = true; return window.location.reload(); }
      if (![200, 204, 286].includes(response.status)) throw new Error(`status ${response.status}`);
      const element = document.getElementById(id);
      if (!element) { state.done = true; return; }
      if (response.status !== 204) {
        const text = await response.text();
        if (busyWithIt(element)) return;              /* asked again in the next round, the version has not changed */
        swap(id, text, response.headers.get("X-Poll-Version"));
        if (response.headers.has("X-New")) document.dispatchEvent(new CustomEvent("omo:new"));
        state.done = response.status === 286;
      }
      state.fails = 0;
      state.answered = Date.now();
      all("[data-poll-updated] time").forEach((time) => { time.textContent = clock(true); });
    };
    const round = async () => {
      const element = document.getElementById(id);
      if (!element || state.asking) return;
      state.asking = true;
      state.asked = Date.now();
      clearTimeout(state.timer);
      if (state.quick > 0) state.quick -= 1;
      const version = element.dataset.pollVersion || "";
      const url = element.dataset.poll;
      try {
        await answer(await fetch(`${url}${url.includes("?") ? "&" : "?"}v=${encodeURIComponent(version)}`, {
          headers: { "X-Poll-Version": version }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000),
        }));
      } catch {
        state.fails += 1;
      }
      state.asking = false;
      show();
      plan();
    };
    const used = () => {
      const due = state.quick === 0 || (state.fails > 0 && Date.now() - state.asked > QUICK);
      state.quick = QUOTA;
      if (due && !state.done) round();
    };
    on("pointerdown", used, { passive: true });
    on("keydown", used);
    on("visibilitychange", () => {
      if (document.visibilityState !== "visible") return plan();
      state.quick = 0;
      used();
    });
    window.addEventListener("online", () => { if (!state.done) round(); });
    setInterval(show, 5000);
    plan();
  };
  on("pointerdown", () => { pressed = true; }, { passive: true });
  ["pointerup", "pointercancel"].forEach((type) => on(type, () => { pressed = false; }, { passive: true }));

  /* Where the phone is: asked for by a press, rounded to some hundred metres before it is sent. A refusal is said in words beside the button. */
  const askPosition = (form) => {
    const note = find("[data-position-says]");
    const tell = (words) => {
      release(form);
      note.hidden = !words;
      find("span", note).textContent = words;
    };
    const found = ({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(3);
      form.elements.longitude.value = coords.longitude.toFixed(3);
      form.dataset.found = "yes";
      form.requestSubmit();
    };
    const failed = (failure) => tell(failure.code === failure.PERMISSION_DENIED ? form.dataset.refused : form.dataset.unknown);
    tell("");
    navigator.geolocation.getCurrentPosition(found, failed, { timeout: 10000, maximumAge: 60000 });
  };
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-position]") || form.dataset.found) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    askPosition(form);
  }, true);
  const offerPosition = () => all("[data-position]").forEach((form) => { form.hidden = !("geolocation" in navigator); });

  /* Suggestions under a search field: arrows move, Enter opens, Escape closes; the field keeps the focus and the server the list. */
  const listOf = (field) => document.getElementById(field.dataset.suggest);
  const choices = (field) => all("[role=option]", listOf(field));
  const point = (field, choice) => {
    choices(field).forEach((one) => one.setAttribute("aria-selected", String(one === choice)));
    if (choice) field.setAttribute("aria-activedescendant", choice.id);
    else field.removeAttribute("aria-activedescendant");
    choice?.scrollIntoView({ block: "nearest" });
  };
  const open = (field, shown) => {
    const list = listOf(field);
    list.hidden = !shown;
    field.setAttribute("aria-expanded", String(shown));
    if (!shown) point(field, null);
  };
  const move = (field, by) => {
    const found = choices(field);
    const now = found.findIndex((one) => one.id === field.getAttribute("aria-activedescendant"));
    const next = now + by;
    point(field, next < 0 ? found[now < 0 ? found.length - 1 : -1] : found[next]);      /* beyond either end lies the field itself */
  };
  const offerSuggestions = () => all("[data-suggest]").forEach((field) => {
    const label = find("span", field.parentElement)?.textContent;
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": field.dataset.suggest, "aria-label": label })
      .forEach(([name, value]) => field.setAttribute(name, value));
  });
  on("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-suggest]") || event.isComposing) return;                   /* Enter and arrows of an input method are its own */
    const shown = !listOf(field).hidden;
    const chosen = shown && document.getElementById(field.getAttribute("aria-activedescendant"));
    if (event.key === "Escape" && shown) open(field, false);
    else if (event.key === "ArrowDown" && shown) move(field, 1);
    else if (event.key === "ArrowDown" && choices(field).length) { open(field, true); move(field, 1); }
    else if (event.key === "ArrowUp" && shown) move(field, -1);
    else if (event.key === "Enter" && chosen) chosen.click();
    else return;
    event.preventDefault();
  });
  on("focusout", ({ target, relatedTarget }) => {
    const field = target.closest?.("[data-suggest], [data-suggestions]") && find("[data-suggest]", target.closest("form"));
    if (field && relatedTarget !== field && !listOf(field).contains(relatedTarget)) open(field, false);
  });
  on("htmx:afterSwap", ({ detail }) => {
    const field = detail.requestConfig?.elt;
    if (!field?.matches?.("[data-suggest]") || !listOf(field)) return;
    const asked = detail.requestConfig.parameters[field.name] ?? new URL(detail.pathInfo.finalRequestPath, location).searchParams.get(field.name);
    open(field, choices(field).length > 0 && document.activeElement === field && asked === field.value);
    say(listOf(field).dataset.announce);
  });

  const start = () => {
    settle();
    offerPosition();
    offerSuggestions();
    all("[data-poll][id]").forEach(watch);
    if (find("[data-clock]")) { tick(); setInterval(tick, 5000); }
  };
  if (document.readyState === "loading") on("DOMContentLoaded", start);
  else start();
})();
