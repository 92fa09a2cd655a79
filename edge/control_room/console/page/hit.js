// One hit: both pictures, what is known of it, and the decision. Looking comes first; the program asks for it too.
import { html, useEffect, useRef, useState } from "/render.js";
import { post, save } from "/api.js";
import { Steps } from "/marks.js";
import { Reasoned } from "/dialogs.js";
import { status, waits } from "/queue.js";
import { BANDS, CATEGORIES, HINTS, QUALITIES, VERDICTS, ago, left, span, time } from "/words.js";

const SHOWN_MS = 1100;
const LOOKED_MS = 2100;

function Picture({ of, label, caption, alternative, looked, onShown }) {
  return html`<figure class="picture" data-looked=${looked || undefined}>
    <figcaption><strong>${label}</strong> ${caption}</figcaption>
    <img src=${of} alt=${alternative} width="320" height="320" onLoad=${onShown} />
  </figure>`;
}

function Facts({ hit }) {
  const [band, bands] = BANDS[hit.band];
  const [quality, qualities] = QUALITIES[hit.quality];
  return html`<dl class="facts">
    <div><dt>Category</dt><dd>${CATEGORIES[hit.category]}</dd></div>
    <div><dt>Score</dt><dd><${Steps} of=${bands} words=${band} /></dd></div>
    <div><dt>Picture</dt><dd><${Steps} of=${qualities} words=${`${quality}: face ${hit.face} px high`} /></dd></div>
    <div><dt>Seen for</dt><dd>${(hit.seen_ms / 1000).toFixed(1)} s, ${hit.samples} ${hit.samples === 1 ? "sample" : "samples"}</dd></div>
  </dl>`;
}

function Opinions({ hit }) {
  if (!hit.opinions.length) return null;
  return html`<section class="opinions" aria-label="Decisions so far">
    <ul>
      ${hit.opinions.map(
        (one) =>
          html`<li>
            <strong>${VERDICTS[one.verdict]}</strong> by ${one.mine ? "you" : html`reviewer <code>${one.by}</code>`}, after ${span(one.seconds)}${one.settles ? ", knowing that two differed" : ""}
          </li>`,
      )}
    </ul>
  </section>`;
}

function Deciding({ hit, say }) {
  const [shown, setShown] = useState({ probe: false, reference: !hit.reference });
  const [ready, setReady] = useState(false);
  const [looked, setLooked] = useState(false);
  const [may, setMay] = useState(false);
  const [chosen, setChosen] = useState("");
  const [busy, setBusy] = useState(false);
  const first = useRef(null);
  const both = shown.probe && shown.reference;
  useEffect(() => later(both, SHOWN_MS, () => setReady(true)), [both]);
  useEffect(() => later(looked, LOOKED_MS, () => setMay(true)), [looked]);
  useEffect(() => {
    if (may) first.current?.focus();
  }, [may]);

  const look = async () => {
    try {
      await post(`/hits/${hit.id}/look`);
      setLooked(true);
    } catch (error) {
      say(error);
    }
  };
  const decide = async () => {
    setBusy(true);
    try {
      await post(`/hits/${hit.id}/decide`, { verdict: chosen, settles: hit.standing === "differ" });
    } catch (error) {
      say(error);
    }
    setBusy(false);
  };
  const options = Object.keys(VERDICTS).filter((one) => hit.reference || one === "inconclusive");
  return html`
    <div class="pair">
      <${Picture} of=${`/hits/${hit.id}/probe`} label="Seen" looked=${looked} caption=${`at ${time(hit.captured)}`}
        alternative="The face that was seen, with its surroundings" onShown=${() => setShown((now) => ({ ...now, probe: true }))} />
      ${hit.reference
        ? html`<${Picture} of=${`/hits/${hit.id}/reference`} label="On the list" looked=${looked} caption=${`as ${hit.entry}`}
            alternative=${`The reference picture of entry ${hit.entry}`} onShown=${() => setShown((now) => ({ ...now, reference: true }))} />`
        : html`<div class="picture none"><p><strong>No reference picture.</strong> Without one it cannot be told whether this is the person.</p></div>`}
    </div>
    <${Facts} hit=${hit} />
    <${Opinions} hit=${hit} />
    <section class="decide" aria-label="Decision">
      <div class="step" data-done=${looked || undefined}>
        <span class="no" aria-hidden="true">1</span>
        <button id="look" class="primary" onClick=${look} disabled=${!ready || looked} aria-keyshortcuts="F4">
          ${looked ? "Looked" : "Look"} <kbd>F4</kbd>
        </button>
        <p>${looked ? "Compare eyes, ears, nose and hairline; pose, age and light of a picture deceive." : ready ? "Look at both pictures, then decide." : "Both pictures are being shown…"}</p>
      </div>
      <fieldset class="step" disabled=${!may || busy}>
        <legend><span class="no" aria-hidden="true">2</span> Who is it?</legend>
        <div class="choices">
          ${options.map(
            (one, index) =>
              html`<label class="choice" data-verdict=${one}>
                <input type="radio" name="verdict" value=${one} ref=${index === 0 ? first : null} onChange=${() => setChosen(one)} />
                <span><strong>${VERDICTS[one]}</strong><small>${HINTS[one]}</small></span>
              </label>`,
          )}
        </div>
      </fieldset>
      <div class="step">
        <span class="no" aria-hidden="true">3</span>
        <button id="sign" class="primary" onClick=${decide} disabled=${!may || !chosen || busy}>Sign the decision</button>
        <p>${may ? "It is signed with your key and cannot be taken back." : looked ? "Look a little longer…" : ""}</p>
      </div>
    </section>`;
}

const later = (when, milliseconds, then) => {
  if (!when) return undefined;
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
};

// It is there from the beginning, and of the same height whatever it says: nothing may move under a hand that decides.
function Banner({ hit, second }) {
  if (hit.late)
    return html`<p class="banner late"><strong>LATE by ${span(hit.late)}</strong> It came long after the person passed: they are elsewhere now.</p>`;
  if (hit.standing === "differ" && hit.mine)
    return html`<p class="banner differ"><strong>Two reviewers differ</strong> Look again, knowing both. What you decide now stands.</p>`;
  if (hit.standing === "second" && hit.mine)
    return html`<p class="banner second"><strong>You are the second reviewer</strong> What the first decided is shown when you have decided.</p>`;
  if (hit.standing === "waiting" && hit.mine && second !== "never")
    return html`<p class="banner first"><strong>Nobody has decided yet</strong> ${second === "always" ? "A second reviewer decides after the first, whatever that is." : "Where the first says that it is the person, a second decides too."}</p>`;
  if (waits(hit) && !hit.mine) return html`<p class="banner second"><strong>${status(hit)}</strong> It waits in another console.</p>`;
  return null;
}

export function Hit({ hit, device, now, second, say, onWithdraw }) {
  const [asks, setAsks] = useState("");
  const heading = useRef(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [hit.id, hit.mine, hit.closed]);
  const due = waits(hit) && hit.review_by ? left(hit.review_by, now) : null;
  const reasoned = async (said) => {
    try {
      if (asks === "copy") await save(`/hits/${hit.id}/copy`, said);
      else await post(`/hits/${hit.id}/open`, said);
      setAsks("");
    } catch (error) {
      say(error);
    }
  };
  return html`<article class="hit" data-late=${hit.late ? "true" : undefined} data-hit=${hit.id} aria-labelledby="hit-title">
    <header>
      <p class="statement">Possible match, not an identification</p>
      <h2 id="hit-title" tabindex="-1" ref=${heading}>${device?.label ?? hit.device}, <span class="at">${time(hit.captured ?? hit.committed)}</span></h2>
      <p class="fine">
        Hit ${hit.sequence} of <code>${hit.authorisation}</code> · ${ago(hit.captured ?? hit.committed, now)} ago${due ? html` · ${due.seconds ? html`<strong>${due.words}</strong> left to decide` : html`<strong>the time to decide is over</strong>`}` : ""}
      </p>
    </header>
    <${Banner} hit=${hit} second=${second} />
    ${hit.cues?.length > 0 &&
    html`<p class="banner cue"><strong>Perhaps a picture held up</strong> Look whether it is: ${hit.cues.join(", ")}.</p>`}
    ${!hit.closed
      ? hit.mine && waits(hit)
        ? html`<${Deciding} key=${`${hit.id}-${hit.standing === "differ"}`} hit=${hit} say=${say} />`
        : html`<${Facts} hit=${hit} /><${Opinions} hit=${hit} />`
      : html`<section class="sealed">
          <p><strong>${status(hit)}.</strong> Its pictures are sealed. Opening them again takes a reason, which is written down.</p>
          <button onClick=${() => setAsks("open")}>Open for a reason…</button>
          <${Opinions} hit=${hit} />
        </section>`}
    ${hit.trouble && html`<p class="trouble" role="status"><strong>The device has not taken the decision in.</strong> ${hit.trouble}</p>`}
    <footer class="row">
      ${hit.entry && html`<button onClick=${() => onWithdraw(hit.entry)}>Withdraw this entry…</button>`}
      <button onClick=${() => setAsks("copy")}>Take a marked copy…</button>
      <span class="fine">Destroyed by ${new Date(hit.destroy_by).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}</span>
    </footer>
    ${asks && html`<${Reasoned} kind=${asks} onDone=${reasoned} onClose=${() => setAsks("")} />`}
  </article>`;
}
