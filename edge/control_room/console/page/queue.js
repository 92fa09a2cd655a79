// The hits, those first that wait for this reviewer.
import { html } from "/render.js";
import { CATEGORIES, VERDICTS, ago, span, time } from "/words.js";

export const waits = (hit) => hit.standing !== "settled";

export function sorted(hits) {
  const rank = (hit) => (hit.mine && waits(hit) ? 0 : waits(hit) ? 1 : 2);
  return [...hits].sort((one, other) => rank(one) - rank(other) || other.committed.localeCompare(one.committed));
}

export function status(hit) {
  if (hit.standing === "settled") return `${VERDICTS[hit.verdict]}${hit.told ? "" : " – not yet told to the device"}`;
  if (hit.standing === "differ") return hit.mine ? "Two differ: look again" : "Two differ: the other looks again";
  if (hit.standing === "second") return hit.mine ? "Needs you as second reviewer" : "Waits for a second reviewer";
  return "Needs a decision";
}

function Row({ hit, devices, chosen, now, onChoose }) {
  const kind = hit.late ? "late" : waits(hit) && hit.mine ? "mine" : waits(hit) ? "others" : "done";
  return html`<li>
    <button
      class="hit-row"
      data-kind=${kind}
      data-hit=${hit.id}
      aria-current=${chosen === hit.id ? "true" : undefined}
      onClick=${() => onChoose(hit.id)}
    >
      <span class="when">${time(hit.captured ?? hit.committed)}</span>
      <span class="where">${devices.get(hit.device)?.label ?? hit.device}</span>
      <span class="what">${status(hit)}</span>
      <span class="more">
        ${hit.late ? html`<b class="late-tag">LATE ${span(hit.late)}</b>` : ""}
        ${hit.category ? CATEGORIES[hit.category] : "sealed"}${waits(hit) ? ` · ${ago(hit.captured ?? hit.committed, now)} ago` : ""}
      </span>
    </button>
  </li>`;
}

export function Queue({ hits, devices, chosen, now, onChoose }) {
  const mine = hits.filter((hit) => waits(hit) && hit.mine);
  const others = hits.filter((hit) => waits(hit) && !hit.mine);
  const done = hits.filter((hit) => !waits(hit));
  const list = (found) =>
    html`<ul class="rows">
      ${found.map((hit) => html`<${Row} key=${hit.id} ...${{ hit, devices, chosen, now, onChoose }} />`)}
    </ul>`;
  return html`<nav class="queue" aria-label="Hits">
    <h2>Waiting for you <span class="number">${mine.length}</span></h2>
    ${mine.length ? list(mine) : html`<p class="fine">Nothing waits for you.</p>`}
    ${others.length > 0 && html`<h2>Waiting for somebody else <span class="number">${others.length}</span></h2>${list(others)}`}
    <details class="done">
      <summary><h2>Decided <span class="number">${done.length}</span></h2></summary>
      ${done.length ? list(done.slice(0, 200)) : html`<p class="fine">Nothing was decided yet.</p>`}
    </details>
  </nav>`;
}
