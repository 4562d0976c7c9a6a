// Presses the controls of the page for whoever types; keyboard.py says which key is which.
// It asks nobody for anything: all that it reads is the page and what this browser has kept.

// The second key of a pair comes within so long [ms].
const PATIENCE = 1500;
// What a key means where a keyboard writes no Latin letters, by its place on the keyboard.
const PLACES = { BracketLeft: "[", BracketRight: "]", Slash: "/" };
const TYPING = "input, textarea, select, [contenteditable], [role=combobox], [role=listbox]";
const STORE = "bitly-clicks.keyboard";

// The first key of a pair; the page may be drawn anew before the second.
let first = "";
let timer = 0;

// "on" or "off", as it was said last where the browser keeps nothing.
let said = null;

function kept() {
  try {
    return window.localStorage.getItem(STORE) ?? said;
  } catch {
    return said;
  }
}

function keep(value) {
  try {
    window.localStorage.setItem(STORE, value);
  } catch {
    // then the session alone knows it
  }
}

function nameOf(event, known) {
  const key = event.key.toLowerCase();
  if (known(key) || event.shiftKey) return key;
  const { code } = event;
  return PLACES[code] ?? code.replace(/^(Key|Digit)(?=.$)/, "").toLowerCase();
}

function isOurs(event) {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  // Where a bracket is written with AltGr, a browser says Control and Alt as well.
  if (modified && !event.getModifierState("AltGraph")) return false;
  if (event.defaultPrevented || event.isComposing || event.repeat) return false;
  const at = event.composedPath()[0];
  if (at instanceof Element && at.closest(TYPING)) return false;
  return !document.querySelector("[role=dialog]");
}

function press(selector, index) {
  const button = document.querySelectorAll(selector)[index];
  // What is chosen already would be taken away by a second press.
  if (button && !button.disabled && button.ariaChecked !== "true") button.click();
}

function focusOn(selector) {
  const all = selector.split(", ").map((one) => document.querySelector(one));
  const found = all.find((one) => one);
  if (!found) return;
  const sidebar = found.closest("[data-testid=stSidebar]");
  if (sidebar && sidebar.dataset.collapsed === "true") {
    document.querySelector("[data-testid=stExpandSidebarButton]")?.click();
  }
  found.focus();
  if (found instanceof HTMLButtonElement) found.click(); // it opens what one searches in
}

// In a table the arrows go from cell to cell. Tab would as well, and each cell that it comes to would
// be taken for chosen: it leads on to what comes after the table instead.
function leaveTable(event) {
  const at = event.composedPath()[0];
  if (event.key !== "Tab" || !(at instanceof Element)) return;
  if (at.closest("[data-testid=stDataFrame] canvas")) event.stopImmediatePropagation();
}

export default function (component) {
  const { data, setStateValue } = component;
  const targets = data.targets;
  said = data.switch;
  if (!targets) {
    // The sheet: it has just been set, or it shows what was kept.
    if (said) keep(said);
    return undefined;
  }
  // It shows "on" by itself, so it has to know of "off" alone.
  if (!said && kept() === "off") setStateValue("switch", "off");

  function onKey(event) {
    if (kept() === "off" && event.key !== "?") return;
    if (!isOurs(event)) return;
    const known = (key) => Object.keys(targets).some((keys) => keys.split(" ").includes(key));
    const key = nameOf(event, known);
    const keys = first ? `${first} ${key}` : key;
    window.clearTimeout(timer);
    first = "";
    const target = targets[keys];
    if (target) {
      event.preventDefault();
      if (target.focus) focusOn(target.selector);
      else press(target.selector, target.index);
    } else if (Object.keys(targets).some((one) => one.startsWith(`${key} `))) {
      first = key;
      timer = window.setTimeout(() => (first = ""), PATIENCE);
    }
  }

  document.addEventListener("keydown", onKey);
  window.addEventListener("keydown", leaveTable, true);
  return () => {
    document.removeEventListener("keydown", onKey);
    window.removeEventListener("keydown", leaveTable, true);
  };
}
