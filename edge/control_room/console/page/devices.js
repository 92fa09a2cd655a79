// The devices: how each is, until when it may look, and who stands by it. Orders go from here.
import { html } from "/render.js";
import { Mark, SAID, standing } from "/marks.js";
import { left, time, words } from "/words.js";

function Clock({ name, until, now, of, low, none }) {
  const { seconds, words: said } = left(until, now);
  const share = Math.min(1, seconds / of);
  const state = seconds === 0 ? "over" : seconds < low ? "low" : "good";
  return html`<div class="clock" data-state=${state}>
    <dt>${name}</dt>
    <dd>${seconds === 0 ? none : said}${state === "low" ? html` <em>soon over</em>` : ""}</dd>
    <span class="meter" aria-hidden="true"><i style=${{ inlineSize: `${share * 100}%` }}></i></span>
  </div>`;
}

export function Device({ device, now, waiting, onAsk }) {
  const state = standing(device);
  const stale = state === "away" || state === "lost";
  const reasons = [...device.reasons.filter((one) => one.code !== "no-authorisation"), ...device.concerns];
  const begins = Date.parse(device.not_before ?? device.heard ?? 0);
  const lasts = device.not_after ? Math.max(60, (Date.parse(device.not_after) - begins) / 1000) : 1;
  return html`<li class="device" data-state=${state} data-device=${device.id}>
    <header>
      <h3>${device.label}</h3>
      <span class="state"><${Mark} state=${state} />${SAID[state]}</span>
    </header>
    ${waiting > 0 && html`<p class="count">${waiting} waiting for a decision</p>`}
    ${stale && html`<p class="stale">Last heard at ${time(device.heard)}; it goes by its own clocks meanwhile.</p>`}
    ${device.authorisation
      ? html`<p class="fine">Authorisation <code>${device.authorisation}</code>${device.entries ? `, ${device.entries} entries` : ""}</p>
          <dl class="clocks">
            <${Clock} name="Authorised for" until=${device.not_after} now=${now} of=${lasts} low=${900} none="over" />
            <${Clock} name="Officer on scene for" until=${device.presence_until} now=${now} of=${180} low=${60} none="nobody" />
          </dl>`
      : html`<p class="fine">Nothing is authorised here. The camera is shut.</p>`}
    ${reasons.length > 0 &&
    html`<ul class="reasons">
      ${reasons.map((one) => html`<li><strong>${words(one.code)}</strong> ${one.remedy}</li>`)}
    </ul>`}
    ${device.missing.length > 0 &&
    html`<p class="fine">${device.missing.length} hits did not come here; another console has them, or they expired.</p>`}
    ${device.doing && html`<p class="doing" role="status">${device.doing}…</p>`}
    ${device.trouble && html`<p class="trouble" role="alert"><strong>${device.trouble.what}</strong> ${device.trouble.remedy}</p>`}
    <div class="row">
      ${device.may_start && html`<button onClick=${() => onAsk("start", device)} disabled=${stale || !!device.doing}>Start…</button>`}
      ${device.may_load && html`<button onClick=${() => onAsk("load", device)} disabled=${stale || !!device.doing}>Load list…</button>`}
      ${device.list_open && html`<button onClick=${() => onAsk("withdraw", device)} disabled=${stale || !!device.doing}>Withdraw an entry…</button>`}
      ${device.may_stop && html`<button class="grave" onClick=${() => onAsk("stop", device)} disabled=${!!device.doing}>Stop…</button>`}
    </div>
  </li>`;
}
