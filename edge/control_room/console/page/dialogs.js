// What is asked before something is done that others will have to answer for.
import { html, useEffect, useRef, useState } from "/render.js";
import { post, read } from "/api.js";
import { REASONS } from "/words.js";

function Dialog({ title, children, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.showModal();
  }, []);
  return html`<dialog ref=${box} aria-labelledby="dialog-title" onClose=${onClose}>
    <h2 id="dialog-title">${title}</h2>
    ${children}
  </dialog>`;
}

export function Reasoned({ kind, onDone, onClose }) {
  const [why, setWhy] = useState("review");
  const [ticket, setTicket] = useState("");
  const title = kind === "copy" ? "Take a marked copy" : "Open a sealed hit";
  const good = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(ticket);
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>
      ${kind === "copy"
        ? "The copy carries your key, the time and the reason on its face. That it was taken is signed and kept."
        : "Who opens it, when and why is signed and kept, before anything is shown."}
    </p>
    <label class="field">Why
      <select value=${why} onChange=${(event) => setWhy(event.target.value)}>
        ${Object.entries(REASONS).map(([code, said]) => html`<option value=${code}>${said}</option>`)}
      </select>
    </label>
    <label class="field">Case, complaint or audit number
      <input value=${ticket} onInput=${(event) => setTicket(event.target.value)} autocomplete="off" spellcheck=${false} maxlength="64" aria-describedby="ticket-hint" />
      <small id="ticket-hint">Letters, figures, dots and dashes. Never a name.</small>
    </label>
    <div class="row end">
      <button onClick=${onClose}>Cancel</button>
      <button class="primary" disabled=${!good} onClick=${() => onDone({ why, ticket })}>${kind === "copy" ? "Take the copy" : "Open it"}</button>
    </div>
  <//>`;
}

export function Order({ kind, device, entry, say, onClose }) {
  if (kind === "stop") return html`<${Stop} ...${{ device, say, onClose }} />`;
  if (kind === "withdraw") return html`<${Withdraw} ...${{ device, entry, say, onClose }} />`;
  return html`<${Start} ...${{ device, again: kind === "load", say, onClose }} />`;
}

async function asked(path, said, say, onClose) {
  onClose();
  try {
    await post(path, said);
  } catch (error) {
    say(error);
  }
}

function Start({ device, again, say, onClose }) {
  const [words, setWords] = useState("");
  useEffect(() => {
    read(`/devices/${device.id}/authorisation`).then((found) => setWords(found.words), (error) => setWords(error.message));
  }, []);
  return html`<${Dialog} title=${again ? `Load the list at ${device.label}` : `Start at ${device.label}`} onClose=${onClose}>
    <p>This is what was authorised. The camera opens only when an officer on scene confirms presence; that is never done here.</p>
    <pre tabindex="0" aria-label="The authorisation in words">${words || "Reading…"}</pre>
    <div class="row end">
      <button onClick=${onClose}>Cancel</button>
      <button class="primary" disabled=${!words} onClick=${() => asked(`/devices/${device.id}/start`, {}, say, onClose)}>${again ? "Load the list" : "Start it"}</button>
    </div>
  <//>`;
}

function Stop({ device, say, onClose }) {
  return html`<${Dialog} title=${`Stop at ${device.label}`} onClose=${onClose}>
    <p>It ends <code>${device.authorisation}</code> for good: the camera shuts, and the list is destroyed. Another deployment needs another authorisation.</p>
    <div class="row end">
      <button onClick=${onClose}>Let it go on</button>
      <button class="grave" onClick=${() => asked(`/devices/${device.id}/stop`, { authorisation: device.authorisation }, say, onClose)}>Stop it for good</button>
    </div>
  <//>`;
}

function Withdraw({ device, entry, say, onClose }) {
  const [given, setGiven] = useState(entry ?? "");
  const good = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(given);
  return html`<${Dialog} title=${`Withdraw an entry at ${device.label}`} onClose=${onClose}>
    <p>For somebody who was found, or should not be on the list. No alert follows for them any more; nobody can be put on it here.</p>
    <label class="field">Entry
      <input value=${given} onInput=${(event) => setGiven(event.target.value)} autocomplete="off" spellcheck=${false} maxlength="64" />
    </label>
    <div class="row end">
      <button onClick=${onClose}>Cancel</button>
      <button class="grave" disabled=${!good} onClick=${() => asked(`/devices/${device.id}/withdraw`, { entry: given }, say, onClose)}>Withdraw it</button>
    </div>
  <//>`;
}

export function Keys({ onClose }) {
  const keys = [
    ["F2", "The next hit that waits for you"],
    ["F4", "Look: then the decision opens"],
    ["F8", "Sound on or off"],
    ["F1", "This list"],
    ["Arrows, then Tab and Enter", "Choose who it is, and sign"],
    ["Esc", "Leave a dialog without doing anything"],
  ];
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <dl class="keys">${keys.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
    <p class="fine">No letters and no digits, so that nothing clashes with a screen reader's own keys or with typing.</p>
    <div class="row end"><button class="primary" onClick=${onClose}>Close</button></div>
  <//>`;
}
