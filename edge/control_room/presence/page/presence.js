// Says what the program says, and tells it that somebody has this page before them. Nothing is signed here.

const BEAT = 3000;
const WORDS = {
  nothing: ["Nothing to confirm", "No deployment is in force. Leave this page open, or come back later."],
  ready: ["You are not confirmed", "Press when you stand at the device, in its sight, and the public can see you."],
  present: ["Your presence is confirmed", "Keep this page open. Press again whenever you like."],
  due: ["Press again", "Are you still here? Without a press it lapses."],
  lapsed: ["It has lapsed", "You had not pressed in time, or this page was out of sight. Press if you are here."],
  lost: ["The network is gone", "Stay. The camera shuts by itself when the time is over, and opens again when it is back."],
  gone: ["The program has ended", "Nothing is confirmed any more. Start lamppost presence again."],
};

const at = (id) => document.getElementById(id);
let view = null;
let heard = 0;
let ahead = 0;  // of the program's clock, before this browser's, in milliseconds
let said = "";
let lock = null;

function tell(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

function left(until) {
  return until === null ? 0 : Math.max(0, (Date.parse(until) - Date.now() - ahead) / 1000);
}

function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function clockTime(moment) {
  return moment === null ? "-" : new Date(moment).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"});
}

function stageNow() {
  if (performance.now() - heard > 4 * BEAT) return "gone";
  return view.lost && view.stage !== "nothing" ? "lost" : view.stage;
}

function show() {
  if (view === null) return;
  const stage = stageNow();
  const present = ["present", "due", "lost"].includes(stage) && view.press_before !== null;
  document.body.dataset.stage = stage === "gone" ? "lost" : stage;
  tell("place", view.site ? `${view.site} / ${view.device}` : "The device has not been heard of");
  if (said !== stage) {
    said = stage;
    tell("stage", WORDS[stage][0]);
    tell("advice", WORDS[stage][1]);
    if (stage === "due" || stage === "lapsed") navigator.vibrate?.([300, 150, 300]);
  }
  const due = stage === "due";
  const seconds = left(due ? view.press_before : view.lease_until);
  tell("clock-name", due ? "You have to press within" : seconds > 0 ? "The camera may be open for" : "The camera is");
  tell("clock", due || seconds > 0 ? minutes(seconds) : "shut");
  tell("press", present ? "I am still here" : "I am here");
  at("press").disabled = stage === "nothing" || stage === "gone";
  at("end").hidden = !present;
  at("trouble").hidden = view.trouble === "";
  tell("trouble", view.trouble);
  tell("authorisation", view.authorisation ?? "none");
  tell("not-after", clockTime(view.not_after));
  tell("listed", view.listed === null ? "not known" : `${view.listed} entries`);
  tell("condition", [view.condition, ...view.reasons].join(", "));
  at("stopping").hidden = view.authorisation === null;
  tell("within", `${view.within_minutes} minutes`);
}

async function send(path) {
  try {
    const answer = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"});
    if (!answer.ok) return;
    view = await answer.json();
    heard = performance.now();
    ahead = Date.parse(view.now) - Date.now();
  } catch {
    // The program is gone, or starts again: said when it has been silent for long enough.
  }
  show();
}

async function wake() {
  try {
    if (document.visibilityState === "visible") lock = await navigator.wakeLock?.request("screen");
  } catch {
    lock = null;  // a low battery, or a browser that keeps no screen awake
  }
}

function beat() {
  if (document.visibilityState === "visible") send("/seen");
}

at("press").addEventListener("click", () => { send("/press"); wake(); });
at("end").addEventListener("click", () => { send("/end"); lock?.release(); });
at("stop").addEventListener("click", () => send("/stop"));
document.addEventListener("visibilitychange", () => { beat(); wake(); });
setInterval(beat, BEAT);
setInterval(show, 250);
beat();
