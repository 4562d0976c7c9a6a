// Says whether somebody is new here, and keeps that a person has read the tour, in this browser alone.

const STORE = "bitly-clicks.tour";

function isDone() {
  try {
    return window.localStorage.getItem(STORE) === "done";
  } catch {
    return false; // a browser that keeps nothing: the session knows
  }
}

function keep(event) {
  const at = event.composedPath()[0];
  if (!(at instanceof Element) || !at.closest(".st-key-tour_done button")) return;
  try {
    window.localStorage.setItem(STORE, "done");
  } catch {
    // then the session alone knows it
  }
}

export default function (component) {
  const { data, setTriggerValue } = component;
  if (!data.shown && !isDone()) setTriggerValue("new", true);
  document.addEventListener("click", keep);
  return () => document.removeEventListener("click", keep);
}
