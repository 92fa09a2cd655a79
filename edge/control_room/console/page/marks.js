// Shapes that stand for how a device is. Each differs in form, so that none needs its colour.
import { html } from "/render.js";

export function standing(device) {
  if (!device.connected) return "away";
  if (device.lost) return "lost";
  return device.condition ?? "unheard";
}

export const SAID = {
  away: "broker away",
  lost: "connection lost",
  unheard: "not heard of",
  idle: "idle",
  waiting: "waiting",
  active: "looking",
  degraded: "degraded",
  paused: "paused",
  unsafe: "unsafe",
  stopped: "switched off",
};

const SHAPES = {
  active: html`<circle cx="8" cy="8" r="6.2" class="line" /><circle cx="8" cy="8" r="3.1" class="full" />`,
  idle: html`<circle cx="8" cy="8" r="2.6" class="full" />`,
  waiting: html`<circle cx="8" cy="8" r="5.4" class="line" /><path d="M8 5v3.3l2.2 1.4" class="line" />`,
  paused: html`<path d="M5.4 3.5v9M10.6 3.5v9" class="thick" />`,
  degraded: html`<path d="M8 2.2 14.4 13.4H1.6Z" class="line" /><path d="M8 6.4v3.2M8 11.4v.1" class="line" />`,
  unsafe: html`<path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2Z" class="full" /><path d="M8 4.6v4.2M8 11v.1" class="cut" />`,
  stopped: html`<rect x="4" y="4" width="8" height="8" class="line" />`,
  lost: html`<circle cx="8" cy="8" r="5.6" class="dash" /><path d="M3.4 12.6 12.6 3.4" class="line" />`,
};
SHAPES.away = SHAPES.lost;
SHAPES.unheard = html`<circle cx="8" cy="8" r="5.6" class="dash" />`;

export function Mark({ state }) {
  return html`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true" data-state=${state}>${SHAPES[state]}</svg>`;
}

export function Steps({ of, words }) {
  return html`<span class="steps"
    ><span class="bars" aria-hidden="true">
      ${[1, 2, 3].map((step) => html`<i class=${step <= of ? "on" : ""}></i>`)} </span
    >${words}</span
  >`;
}
