// How things are said on the page: times, spans, and the closed lists of the wire.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

export const time = (iso) => (iso ? clock.format(new Date(iso)) : "–");
export const date = (milliseconds) => day.format(new Date(milliseconds));
export const clockTime = (milliseconds) => clock.format(new Date(milliseconds));

export function left(iso, now) {
  const seconds = iso ? Math.max(0, Math.ceil((Date.parse(iso) - now) / 1000)) : 0;
  return { seconds, words: span(seconds) };
}

export function span(seconds) {
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${seconds} s`;
}

export const ago = (iso, now) => span(Math.max(0, Math.floor((now - Date.parse(iso)) / 1000)));
const pad = (number) => String(number).padStart(2, "0");

export const VERDICTS = {
  confirmed: "It is the person",
  false: "Not the person",
  inconclusive: "Cannot tell",
};
export const HINTS = {
  confirmed: "You would stand by it.",
  false: "Somebody else: a false alert.",
  inconclusive: "The pictures do not settle it.",
};
export const BANDS = {
  "at-threshold": ["at the threshold", 1],
  above: ["above the threshold", 2],
  "well-above": ["well above the threshold", 3],
};
export const QUALITIES = { poor: ["poor", 1], fair: ["fair", 2], good: ["good", 3] };
export const CATEGORIES = {
  "wanted-by-court": "Wanted by a court",
  "wanted-for-offence": "Wanted for an offence",
  "court-conditions": "Under court conditions",
  "missing-at-risk": "Missing and at risk",
  "risk-of-harm": "Poses a risk of harm",
  volunteer: "Volunteer in an accuracy test",
  synthetic: "Synthetic entry",
  "under-18-at-risk": "Under 18 and at risk",
  "victim-or-witness-at-risk": "Victim or witness at risk",
};
export const REASONS = {
  review: "Review of the decision",
  "on-scene": "For the officers on scene",
  complaint: "A complaint",
  audit: "An audit",
  disclosure: "Disclosure to a court or to the person",
  investigation: "An investigation of evidence",
};
export const words = (code) => (code ?? "").replaceAll("-", " ");
