/* OMO – the counter: a scanner works from anywhere on the page, and answers have a sound. */
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = () => document.querySelector("[data-scan-box]");

  /* A keyboard-wedge scanner types quickly and ends with Enter. */
  const CODE = /^[A-Za-z0-9+/=<>#.:_?&%-]$/;
  const FAST = 60, LEAST = 6, REPEAT = 2000;
  const writes = (element) => element instanceof HTMLElement && (element.isContentEditable
    || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file], [type=range])"));
  let burst = { text: "", last: 0, field: null, before: "" };

  const note = (event, field) => {
    const now = event.timeStamp;                      /* when the key was pressed, not when a busy page came to it */
    const goesOn = burst.text && now - burst.last < FAST && burst.field === field;
    burst = goesOn
      ? { ...burst, text: burst.text + event.key, last: now }
      : { text: event.key, last: now, field, before: field?.value ?? "" };
  };

  const scanInto = (field) => {
    const scan = box();
    field.value = burst.before;                       /* take the scanned letters out of the field they fell into */
    field.dispatchEvent(new Event("input", { bubbles: true }));
    scan.value = burst.text;
    burst = { text: "", last: 0, field: null, before: "" };
    scan.focus();
    scan.form.requestSubmit();
  };

  document.addEventListener("keydown", (event) => {
    const scan = box();
    if (!scan || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const active = document.activeElement;
    if (event.key === "Escape") {
      if (active === scan || scan.value) { scan.value = ""; }
      return;
    }
    if (active === scan) return;
    if (writes(active)) {
      if (event.key === "Enter" && active.matches("input, textarea") && burst.field === active
        && burst.text.length >= LEAST && event.timeStamp - burst.last < FAST) {
        event.preventDefault();
        event.stopPropagation();
        scanInto(active);
      } else if (CODE.test(event.key)) note(event, active);
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      scan.focus();
      scan.select();
    } else if (CODE.test(event.key)) {
      event.preventDefault();
      scan.value = event.key;
      scan.focus();
      scan.setSelectionRange(1, 1);
    }
  }, true);

  /* The same code twice within two seconds is one scan. A form that asks for more than a scan may leave its scan box empty. */
  document.addEventListener("submit", (event) => {
    const scan = box();
    if (!scan || event.target !== scan.form || event.submitter?.hasAttribute("formaction")) return;   /* a list's own button sends the list */
    const value = scan.value.trim();
    if (!value && !scan.form.hasAttribute("data-scan-form") && document.activeElement !== scan) return;
    const last = JSON.parse(sessionStorage.getItem("omo-scan") || "{}");
    const again = value === last.value && Date.now() - last.at < REPEAT && !scan.form.hasAttribute("data-scan-again");   /* a till sells two of a kind */
    if (!value || again) {
      event.preventDefault();
      event.stopImmediatePropagation();
      scan.focus();
      if (again) scan.select();
      return;
    }
    scan.closest(".scan")?.classList.add("heard");
    sessionStorage.setItem("omo-scan", JSON.stringify({ value, at: Date.now() }));
  }, true);
  window.addEventListener("pageshow", () => all(".scan.heard").forEach((label) => label.classList.remove("heard")));

  /* Sounds: made here, quiet, remembered. */
  const SOUNDS = {                                    /* [Hz, start, length] */
    new: [[659, 0, 0.16], [880, 0.15, 0.3]],
    go: [[784, 0, 0.1], [1047, 0.1, 0.22]],
    soon: [[523, 0, 0.14], [523, 0.2, 0.2]],
    stop: [[311, 0, 0.18], [208, 0.18, 0.38]],
  };
  let audio = null;
  const wanted = () => localStorage.getItem("omo-sound") !== "off";

  const play = async (name) => {
    if (!wanted() || !SOUNDS[name] || !("AudioContext" in window)) return;
    const touched = navigator.userActivation?.hasBeenActive || document.referrer.startsWith(window.location.origin);
    if (!touched) return;                             /* browsers keep an untouched page silent */
    audio ??= new AudioContext();
    if (audio.state === "suspended") {
      const woken = await Promise.race([audio.resume().then(() => true), new Promise((no) => setTimeout(no, 300))]);
      if (!woken) return;                             /* no touch on this page yet: words and colour must do */
    }
    SOUNDS[name].forEach(([hertz, after, length]) => {
      const at = audio.currentTime + after;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.type = name === "stop" ? "triangle" : "sine";
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(name === "stop" ? 0.22 : 0.12, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + length);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + length + 0.02);
    });
  };

  const showToggle = () => all("[data-sound-toggle]").forEach((button) => button.setAttribute("aria-pressed", String(wanted())));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-sound-toggle]")) return;
    localStorage.setItem("omo-sound", wanted() ? "off" : "on");
    showToggle();
    play("new");
  });
  document.addEventListener("omo:new", () => play("new"));

  /* The answer to a scan: heard, and read out by the screen reader. */
  const answer = () => {
    const found = document.querySelector("[data-answer]:not([data-heard])");
    if (!found) return;
    found.dataset.heard = "yes";
    play(found.dataset.answer);
    found.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
  };
  ["htmx:afterSettle", "omo:swapped"].forEach((type) => document.addEventListener(type, answer));

  const start = () => { showToggle(); answer(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
