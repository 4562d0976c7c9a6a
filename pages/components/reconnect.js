// Has the page run anew when its server has been away, as the one that came back does not know it.
// Until it has run, what somebody presses would be taken for nothing: it is pressed again then.
// It asks nobody for anything: all that it reads is the page.

// A page that takes longer is given back as it is [ms].
const PATIENCE = 15000;
const PRESSES = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];

// The page may call what is below several times while the server is away or the page runs.
let away = false;
let stale = false;
let runs = false;
let pressed = null;
let timer = 0;

function hold(event) {
  // What no person did is let through, as it is how the press is passed on.
  if (!stale || !event.isTrusted) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.type === "click") pressed = event.target;
}

function giveBack() {
  window.clearTimeout(timer);
  stale = false;
  const last = pressed;
  pressed = null;
  if (!last || !last.isConnected) return;
  last.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true }));
}

export default function (component) {
  const { setTriggerValue } = component;
  const app = document.querySelector("[data-testid=stApp]");
  if (!app) return undefined;

  function look() {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    const rests = app.dataset.testScriptState === "notRunning";
    if (connected && away) {
      stale = true;
      runs = false;
      timer = window.setTimeout(giveBack, PATIENCE);
      setTriggerValue("back", true);
    } else if (stale && connected) {
      if (!rests) runs = true;
      else if (runs) giveBack();
    }
    away = !connected;
  }

  const watch = new MutationObserver(look);
  watch.observe(app, {
    attributeFilter: ["data-test-connection-state", "data-test-script-state"],
  });
  for (const name of PRESSES) window.addEventListener(name, hold, true);
  look();
  return () => {
    watch.disconnect();
    for (const name of PRESSES) window.removeEventListener(name, hold, true);
  };
}
